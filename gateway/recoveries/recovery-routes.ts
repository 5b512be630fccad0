// The routes by which runs that one trouble ended are pursued once more, and by which such a recovery is watched and steered.

import { z } from 'zod';
import { verifiedMark } from '../../goals/wire/actor.ts';
import { recoveryPageSchema, recoveryPlanSchema, recoveryViewSchema } from '../../goals/wire/answers.ts';
import { RECOVERY_AT_ONCE, RECOVERY_TRIAL } from '../../goals/wire/recovery.ts';
import { Problem } from '../http/problems.ts';
import {
  actorField,
  actSchema,
  cursorField,
  goalField,
  limitField,
  reasonField,
  teamField,
  windowField,
} from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { idempotencyKey } from '../runs/idempotency-key.ts';
import { beginRecovery, findRecovery, pageOfRecoveries, planRecovery, steerRecovery } from './recoveries.ts';
import { troubledRuns } from './trouble.ts';

const RECOVERY_ID = 'ID of the recovery';
const FINGERPRINT = /^[0-9a-f]{16}$/;

export const atOnceField = z
  .int()
  .min(1)
  .max(RECOVERY_AT_ONCE)
  .default(4)
  .describe('how many runs are open at once; default: 4');

const recoveryBodySchema = z.strictObject({
  window: windowField.default('24h'),
  goal: goalField.optional(),
  team: teamField.optional(),
  atOnce: atOnceField,
  trial: z
    .int()
    .min(0)
    .max(RECOVERY_AT_ONCE)
    .default(RECOVERY_TRIAL)
    .describe(`how many runs are pursued to their end before the others begin; default: ${RECOVERY_TRIAL}`),
  dryRun: z.boolean().default(false).describe('only say what would happen'),
  by: actorField,
  reason: reasonField.optional(),
});

export const recoverTrouble = route({
  method: 'POST',
  path: '/errors/:fingerprint/recoveries',
  role: 'operator',
  summary:
    'Resumes the runs that one trouble ended, a few as a trial first; it stops by itself where the trouble is still there.',
  params: { fingerprint: 'fingerprint of an error, as `GET /errors` gives it' },
  headers: ['idempotency-key'],
  body: { schema: recoveryBodySchema },
  answers: {
    200: { description: 'with `dryRun`, the plan', schema: recoveryPlanSchema },
    202: { description: 'the recovery, under way', schema: recoveryViewSchema },
  },
  problems: [
    ...(['idempotency_key_malformed', 'idempotency_key_reused'] as const),
    ...(['recovery_impossible', 'recovery_unknown'] as const),
  ],
  async handle({ params: { fingerprint }, body, caller, c }, deps) {
    const { window, goal, team, atOnce, trial, dryRun, by, reason = null } = body;
    const key = idempotencyKey(c.req.header('idempotency-key'));
    if (!FINGERPRINT.test(fingerprint))
      throw new Problem(
        'recovery_impossible',
        'Give the fingerprint of an error, as `GET /errors` lists it.',
      );
    const of = { kind: 'trouble' as const, fingerprint };
    const find = () => troubledRuns(deps, { fingerprint, window, goal, team });
    if (dryRun) return c.json(await planRecovery(deps, of, await find()));
    const asked = { of, atOnce, trial, by, ...verifiedMark(caller), reason };
    const begun = await beginRecovery(deps, asked, find, key);
    deps.log.info({ recovery: begun.id, runs: begun.total, by }, 'a recovery was asked for');
    c.header('Location', `/recoveries/${begun.id}`);
    return c.json(begun, 202);
  },
});

export const listRecoveries = route({
  method: 'GET',
  path: '/recoveries',
  role: 'viewer',
  summary: 'Lists recoveries, and how far they are.',
  query: z.strictObject({ limit: limitField, cursor: cursorField }),
  answers: { 200: { description: '`items` and `next`', schema: recoveryPageSchema } },
  handle: async ({ query: { limit, cursor }, c }, deps) =>
    c.json(await pageOfRecoveries(deps, limit, cursor)),
});

export const showRecovery = route({
  method: 'GET',
  path: '/recoveries/:id',
  role: 'viewer',
  summary: 'Shows a recovery, and how far it is.',
  params: { id: RECOVERY_ID },
  answers: { 200: { description: 'the recovery', schema: recoveryViewSchema } },
  problems: ['recovery_unknown'],
  handle: async ({ params, c }, deps) => c.json(await findRecovery(deps, params.id)),
});

/** A route by which an operator steers a recovery. */
const steering = (verb: 'pause' | 'unpause' | 'cancel', summary: string) =>
  route({
    method: 'POST',
    path: `/recoveries/:id/${verb}`,
    role: 'operator',
    summary,
    params: { id: RECOVERY_ID },
    body: { schema: actSchema },
    answers: { 202: { description: 'the recovery', schema: recoveryViewSchema } },
    problems: ['recovery_unknown', 'recovery_closed'],
    async handle({ params, body: { by, reason = null }, caller, c }, deps) {
      const recovery = await steerRecovery(deps, verb, params.id, { by, ...verifiedMark(caller), reason });
      deps.log.info({ recovery: recovery.id, by, verb }, 'a recovery was steered');
      return c.json(recovery, 202);
    },
  });

export const pauseRecovery = steering('pause', 'Pauses a recovery: it begins no more runs.');
export const unpauseRecovery = steering('unpause', 'Ends the pause of a recovery.');
export const cancelRecovery = steering(
  'cancel',
  'Cancels a recovery: it begins no more runs, and those that are open go on.',
);
