import { z } from 'zod';
import { BACKFILL_AT_ONCE, BACKFILL_KEYS, reprocesses } from '../../goals/wire/backfill.ts';
import { GOAL_NAME, NAME_LIMIT } from '../../goals/wire/run-id.ts';
import { actorField, goalField, keyField, reasonField, timeField } from '../http/request-fields.ts';

const STEP_UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const isObject = (given: unknown): boolean =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

/** What is asked for where a range of times or keys is to be made up for. */
export const backfillBodySchema = z
  .strictObject({
    goal: goalField,
    schedule: z
      .string()
      .regex(GOAL_NAME, 'no schedule has such a name')
      .max(NAME_LIMIT)
      .optional()
      .describe("name of the goal's schedule; default: its only one"),
    step: z
      .string()
      .regex(/^[1-9]\d{0,5}[smhd]$/, 'write such as 1d, 6h or 15m')
      .optional()
      .describe('instead of a schedule, such as `1d`, `6h` or `15m`'),
    input: z
      .unknown()
      .optional()
      .describe(
        'with a `step`: the input, in whose texts `{date}` and `{time}` stand for the time, in UTC; with `keys` or `expected`: what the input has beside the key',
      ),
    from: timeField.optional().describe('first time, included'),
    to: timeField.optional().describe('end of the range, excluded'),
    keys: z
      .array(keyField)
      .min(1)
      .max(BACKFILL_KEYS)
      .optional()
      .describe(`instead of times: up to ${BACKFILL_KEYS} keys, as the IDs of runs have them`),
    expected: z
      .strictObject({
        part: z
          .string()
          .min(1)
          .max(200)
          .optional()
          .describe('path of the key that `from` and `to` are of; default: its first'),
        from: keyField.optional().describe('first value of that part, included'),
        to: keyField.optional().describe('last value of that part, included'),
        prefix: keyField.optional().describe('with what the keys begin'),
      })
      .optional()
      .describe('instead of times: the keys that the goal declares, in this range'),
    atOnce: z.int().min(1).max(BACKFILL_AT_ONCE).default(4).describe('how many runs are open at once'),
    dryRun: z.boolean().default(false).describe('only say what would run'),
    reprocess: z.enum(reprocesses).default('missing').describe('which times are pursued'),
    downstream: z
      .enum(['start', 'hold'])
      .default('start')
      .describe('`hold`: goals that listen to this one are not started'),
    by: actorField,
    reason: reasonField.optional(),
  })
  .refine(({ schedule, step }) => schedule === undefined || step === undefined, {
    path: ['step'],
    error: 'goes without `schedule`; give either',
  })
  .refine(
    ({ from, to, keys, expected }) =>
      [from, keys, expected].filter((one) => one !== undefined).length === 1 &&
      (from === undefined) === (to === undefined),
    {
      path: ['from'],
      error: 'and `to` say which times; give them, or `keys`, or `expected`',
    },
  )
  .refine(({ from, schedule, step }) => from !== undefined || (schedule ?? step) === undefined, {
    path: ['schedule'],
    error: 'and `step` are of times, and go with `from` and `to`',
  })
  .refine(({ step, input, from }) => from === undefined || (step === undefined) === (input === undefined), {
    path: ['input'],
    error: 'goes with a `step`: give both, or a schedule, whose function makes the input',
  })
  .refine(({ input, from }) => from !== undefined || input === undefined || isObject(input), {
    path: ['input'],
    error: 'is not an object, which has what the input has beside the key',
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    path: ['to'],
    error: 'is not later than `from`',
  })
  .transform(({ step, ...rest }) => ({ ...rest, stepMs: step === undefined ? null : stepOf(step) }));
export type BackfillBody = z.infer<typeof backfillBodySchema>;

const stepOf = (step: string): number =>
  Number.parseInt(step, 10) * STEP_UNITS[step.at(-1) as keyof typeof STEP_UNITS];
