// The routes by which a range of times is made up for.

import { z } from 'zod';
import { verifiedMark } from '../../goals/wire/actor.ts';
import { backfillPageSchema, backfillPlanSchema, backfillViewSchema } from '../../goals/wire/answers.ts';
import type { BackfillTerms } from '../../goals/wire/backfill.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { goalOf } from '../catalogue/goals.ts';
import { applyWait, preferredWait } from '../http/prefer.ts';
import { Problem } from '../http/problems.ts';
import { actSchema, cursorField, goalField, limitField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { idempotencyKey } from '../runs/idempotency-key.ts';
import { type BackfillBody, backfillBodySchema } from './backfill-body.ts';
import { inputsOfKeys } from './backfill-keys.ts';
import {
  beginBackfill,
  closedBackfill,
  findBackfill,
  pageOfBackfills,
  planBackfill,
  steerBackfill,
} from './backfills.ts';

const BACKFILL_ID = 'ID of the backfill';

const listBackfillsSchema = z.strictObject({
  goal: goalField.optional(),
  state: z.enum(['open', 'closed']).optional().describe('default: both'),
  limit: limitField,
  cursor: cursorField,
});

export const listBackfills = route({
  method: 'GET',
  path: '/backfills',
  role: 'viewer',
  summary: 'Lists backfills, and how far they are.',
  query: listBackfillsSchema,
  answers: { 200: { description: '`items` and `next`', schema: backfillPageSchema } },
  handle: async ({ query: { limit, cursor, ...filter }, c }, deps) =>
    c.json(await pageOfBackfills(deps, filter, limit, cursor)),
});

export const startBackfill = route({
  method: 'POST',
  path: '/backfills',
  role: 'operator',
  summary: 'Starts a backfill: runs of a goal for a range of times or keys, or a list of keys.',
  headers: ['prefer', 'idempotency-key'],
  body: { schema: backfillBodySchema },
  answers: {
    200: {
      description: 'the backfill, closed; with `dryRun`, the plan',
      schema: z.union([backfillViewSchema, backfillPlanSchema]),
    },
    202: { description: 'the backfill, under way', schema: backfillViewSchema },
  },
  problems: [
    ...(['idempotency_key_malformed', 'idempotency_key_reused', 'goal_unknown', 'goal_retired'] as const),
    ...([
      'schedule_unknown',
      'input_invalid',
      'check_too_long',
      'goal_schema_unusable',
      'backfill_impossible',
      'backfill_unknown',
      'worker_unavailable',
    ] as const),
  ],
  async handle({ body, caller, c }, deps) {
    const terms = { ...(await termsOf(deps.catalogue, body)), ...verifiedMark(caller) };
    const ends = [deps.stopping, c.req.raw.signal];
    if (terms.dryRun) return c.json(await planBackfill(deps, terms, ends));
    const begun = await beginBackfill(deps, terms, idempotencyKey(c.req.header('idempotency-key')));
    deps.log.info({ backfill: begun.id, by: terms.by }, 'a backfill was asked for');
    const wait = preferredWait(c.req.header('prefer'));
    const isOpen = begun.state !== 'closed';
    const awaited = wait && isOpen ? await closedBackfill(deps, begun, wait * 1000, ends) : begun;
    if (awaited !== null) applyWait(c, wait);
    const backfill = awaited ?? begun;
    c.header('Location', `/backfills/${backfill.id}`);
    return c.json(backfill, backfill.state === 'closed' ? 200 : 202);
  },
});

export const showBackfill = route({
  method: 'GET',
  path: '/backfills/:id',
  role: 'viewer',
  summary: 'Shows a backfill, and how far it is.',
  params: { id: BACKFILL_ID },
  answers: { 200: { description: 'the backfill', schema: backfillViewSchema } },
  problems: ['backfill_unknown'],
  handle: async ({ params, c }, deps) => c.json(await findBackfill(deps, params.id)),
});

/** A route by which an operator steers a backfill. */
const steering = (verb: 'pause' | 'unpause' | 'cancel', summary: string) =>
  route({
    method: 'POST',
    path: `/backfills/:id/${verb}`,
    role: 'operator',
    summary,
    params: { id: BACKFILL_ID },
    body: { schema: actSchema },
    answers: { 202: { description: 'the backfill', schema: backfillViewSchema } },
    problems: ['backfill_unknown', 'backfill_closed'],
    async handle({ params, body: { by, reason = null }, caller, c }, deps) {
      const backfill = await steerBackfill(deps, verb, params.id, { by, ...verifiedMark(caller), reason });
      deps.log.info({ backfill: backfill.id, by, verb }, 'a backfill was steered');
      return c.json(backfill, 202);
    },
  });

export const pauseBackfill = steering('pause', 'Pauses a backfill: it starts no more runs.');
export const unpauseBackfill = steering('unpause', 'Ends the pause of a backfill.');
export const cancelBackfill = steering(
  'cancel',
  'Cancels a backfill: it starts no more runs, and those that are open go on.',
);

/** With the inputs of the keys, or the goal's only schedule, where none is named and no step is given. */
async function termsOf(catalogue: Catalogue, asked: BackfillBody): Promise<BackfillTerms> {
  const { goal, schedule = null, stepMs, input, from, to, atOnce, dryRun, by, reason = null } = asked;
  const { reprocess, downstream } = asked;
  const terms = {
    ...{ goal, stepMs, input: input ?? null, atOnce, dryRun, by, reason },
    ...{ from: from?.toISOString() ?? null, to: to?.toISOString() ?? null },
    // What older workers know of no other is left out, so that a request that was sent before is the same.
    ...(reprocess === 'missing' ? {} : { reprocess }),
    ...(downstream === 'start' ? {} : { downstream }),
  };
  if (stepMs !== null || schedule !== null) return { ...terms, schedule };
  const publication = await goalOf(catalogue, goal);
  const inputs = inputsOfKeys(publication, asked, new Date());
  if (inputs !== undefined) return { ...terms, schedule, inputs, input: null };
  const [only, ...others] = publication.schedules ?? [];
  if (only !== undefined && others.length === 0) return { ...terms, schedule: only.name };
  throw new Problem(
    'backfill_impossible',
    only === undefined
      ? `${goal} has no schedule; give a \`step\`, and the \`input\` in whose texts {date} or {time} stands.`
      : `${goal} has several schedules; name one as \`schedule\`.`,
  );
}
