// The routes by which an operator acts on all runs of a filter.

import { z } from 'zod';
import { verifiedMark } from '../../goals/wire/actor.ts';
import { TAGS_LIMIT, tagSchema } from '../../goals/wire/annotations.ts';
import { bulkActPageSchema, bulkActPlanSchema, bulkActViewSchema } from '../../goals/wire/answers.ts';
import { BULK_AT_ONCE, BULK_RUNS, bulkActs } from '../../goals/wire/bulk-act.ts';
import { Problem } from '../http/problems.ts';
import { actorField, actSchema, cursorField, limitField, reasonField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { beginBulkAct, begunUnder, findBulkAct, pageOfBulkActs, planOf, stopBulkAct } from './bulk-acts.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { meantRuns } from './meant-runs.ts';
import { asRange, rowFilterFields } from './run-filter.ts';

const BULK_ACT_ID = 'ID of the bulk act';

const tagsField = z.array(tagSchema).max(TAGS_LIMIT).optional();

/** In a body they are no texts. */
const flagFields = {
  late: z
    .boolean()
    .optional()
    .describe(rowFilterFields.late.description ?? ''),
  accepted: z
    .boolean()
    .optional()
    .describe(rowFilterFields.accepted.description ?? ''),
};

const bulkBodySchema = z
  .strictObject({
    act: z
      .enum(bulkActs)
      .describe(
        '`cancel`: open runs; `resume`: failed ones, or with the outcome `cancelled` those; `accept`: failed ones; `tag`: all',
      ),
    filter: asRange(z.strictObject({ ...rowFilterFields, ...flagFields })).describe(
      'which runs, as `GET /runs/rows` takes it; by something',
    ),
    add: tagsField.describe('with `tag`: tags that each run gets'),
    remove: tagsField.describe('with `tag`: tags that each run loses'),
    atOnce: z.int().min(1).max(BULK_AT_ONCE).default(4).describe('on how many runs it acts at once'),
    dryRun: z.boolean().default(false).describe('only say on which runs it would act'),
    by: actorField,
    reason: reasonField.optional(),
  })
  .refine(({ filter }) => Object.values(filter).some((given) => given !== undefined), {
    path: ['filter'],
    error: 'is empty; name a goal, a team or anything else that `GET /runs/rows` takes',
  })
  .refine(({ act, reason }) => act !== 'accept' || (reason ?? '').trim() !== '', {
    path: ['reason'],
    error: 'is missing; whoever accepts a failure says why',
  })
  .refine(({ act, add = [], remove = [] }) => act !== 'tag' || add.length + remove.length > 0, {
    path: ['add'],
    error: 'is missing, and so is `remove`: name the tags',
  })
  .refine(({ act, add, remove }) => act === 'tag' || (add ?? remove) === undefined, {
    path: ['add'],
    error: 'and `remove` go with the act `tag` alone',
  })
  .refine(({ add = [], remove = [] }) => add.every((tag) => !remove.includes(tag)), {
    path: ['remove'],
    error: 'has a tag that is to be added, too',
  });

export const listBulkActs = route({
  method: 'GET',
  path: '/bulk-acts',
  role: 'viewer',
  summary: 'Lists bulk acts, and how far they are.',
  query: z.strictObject({ limit: limitField, cursor: cursorField }),
  answers: { 200: { description: '`items` and `next`', schema: bulkActPageSchema } },
  handle: async ({ query: { limit, cursor }, c }, deps) => c.json(await pageOfBulkActs(deps, limit, cursor)),
});

export const startBulkAct = route({
  method: 'POST',
  path: '/bulk-acts',
  role: 'operator',
  summary: `Acts on all runs of a filter, up to ${BULK_RUNS}: cancels, resumes, accepts or tags them.`,
  headers: ['idempotency-key'],
  body: { schema: bulkBodySchema },
  answers: {
    200: {
      description: 'with `dryRun`, the plan: how many runs, and the first of them',
      schema: bulkActPlanSchema,
    },
    202: { description: 'the bulk act, under way', schema: bulkActViewSchema },
  },
  problems: [
    'idempotency_key_malformed',
    'idempotency_key_reused',
    'bulk_act_impossible',
    'bulk_act_unknown',
  ],
  async handle({ body, caller, c }, deps) {
    const { act, filter, atOnce, dryRun, by, reason = null, add, remove } = body;
    const { id, ...fields } = filter;
    const key = idempotencyKey(c.req.header('idempotency-key'));
    const meant = await meantRuns(deps, act, { ...fields, idPrefix: id });
    if (dryRun) return c.json(planOf(act, meant));
    if (meant.runs.length === 0 && !(await begunUnder(deps, key)))
      throw new Problem('bulk_act_impossible', `The filter means no run on which '${act}' could act.`);
    const tags = { ...(add === undefined ? {} : { add }), ...(remove === undefined ? {} : { remove }) };
    const asked = { act, filter: textsOf(filter), ...tags, atOnce, by, ...verifiedMark(caller), reason };
    const begun = await beginBulkAct(deps, asked, meant, deps.alertsId, key);
    deps.log.info({ bulkAct: begun.id, act, runs: begun.total, by }, 'a bulk act was asked for');
    c.header('Location', `/bulk-acts/${begun.id}`);
    return c.json(begun, 202);
  },
});

export const showBulkAct = route({
  method: 'GET',
  path: '/bulk-acts/:id',
  role: 'viewer',
  summary: 'Shows a bulk act, and how far it is.',
  params: { id: BULK_ACT_ID },
  answers: { 200: { description: 'the bulk act', schema: bulkActViewSchema } },
  problems: ['bulk_act_unknown'],
  handle: async ({ params, c }, deps) => c.json(await findBulkAct(deps, params.id)),
});

export const cancelBulkAct = route({
  method: 'POST',
  path: '/bulk-acts/:id/cancel',
  role: 'operator',
  summary: 'Stops a bulk act: it acts on no more runs.',
  params: { id: BULK_ACT_ID },
  body: { schema: actSchema },
  answers: { 202: { description: 'the bulk act', schema: bulkActViewSchema } },
  problems: ['bulk_act_unknown', 'bulk_act_closed'],
  async handle({ params, body: { by, reason = null }, caller, c }, deps) {
    const mark = { at: new Date().toISOString(), by, ...verifiedMark(caller), reason };
    const stopped = await stopBulkAct(deps, params.id, mark);
    deps.log.info({ bulkAct: stopped.id, by }, 'a bulk act was stopped');
    return c.json(stopped, 202);
  },
});

/** The filter as it was asked for. */
const textsOf = (filter: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(filter).flatMap(([name, given]) => {
      if (given === undefined) return [];
      if (Array.isArray(given)) return [[name, given.join(',')]];
      return [[name, typeof given === 'object' ? (given as { text: string }).text : String(given)]];
    }),
  );
