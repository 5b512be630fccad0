// A goal with the kinds of schemas that zod has, some of which have a function of the same name as another.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const Tree: z.ZodType = z.object({ name: z.string(), branches: z.array(z.lazy(() => Tree)) });

const dated = job({
  name: 'dated',
  input: z.object({ day: z.iso.date(), at: z.iso.datetime(), time: z.iso.time(), took: z.iso.duration() }),
  output: z.object({ date: z.coerce.date(), n: z.coerce.number(), big: z.coerce.bigint().optional() }),
});

export const everySchema = goal({
  name: 'every-schema',
  outcome: 'Each schema is what it was written as',
  owner: 'tests',
  team: 'tests',
  input: z.object({
    day: z.iso.date(),
    id: z.union([
      z.uuid(),
      z.email(),
      z.nanoid(),
      z.ulid(),
      z.cuid2(),
      z.ipv4(),
      z.url(),
      z.base64(),
      z.e164(),
    ]),
    size: z.enum(['few', 'many']).default('few'),
    count: z.int().min(0).max(99),
    ratio: z.number().multipleOf(0.01).nullable(),
    name: z
      .string()
      .min(1)
      .regex(/^[a-z]+$/)
      .trim(),
    tags: z.array(z.string()),
    rows: z.record(z.string(), z.number()),
    pair: z.tuple([z.string(), z.literal(['a', 1, null])]),
    found: z.discriminatedUnion('is', [
      z.object({ is: z.literal('there') }),
      z.strictObject({ is: z.literal('not') }),
    ]),
    record: z.record(z.string(), z.union([z.boolean(), z.null()])),
    later: z.string().transform(Number).pipe(z.number().catch(0)),
    tree: Tree,
    when: z.coerce.date().optional(),
    rest: z.looseObject({ any: z.any(), unknown: z.unknown(), never: z.never().optional() }),
  }),
  output: z.object({ ok: z.boolean().refine((ok) => ok, 'must be ok') }),
  key: ['day'],
  criteria: { 'it is': ({ ok }) => ok },
  jobs: [dated],
  pursue: async () => ({ ok: true }),
});

export default [everySchema];
