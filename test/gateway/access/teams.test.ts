// Every route, for every role, with things of the caller's team and of another, and without credentials. P6: a team sees and
// moves only what is its own, and cannot tell what another has from what nobody has.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grantedRoles, may, type Principal } from '../../../gateway/access/principal.ts';
import type { RouteFacts } from '../../../gateway/http/route.ts';
import { routes } from '../../../gateway/routes.ts';
import type { Alert } from '../../../goals/wire/alerts.ts';
import { leaseId } from '../../../goals/wire/lease.ts';
import {
  ALERTS,
  BACKFILL,
  BULK_ACT,
  backfillIdPrefix,
  bulkActId,
  LEASE,
  memoNames,
  POOL,
  poolId,
  RECOVERY,
  RETRACTION,
  recoveryId,
  retractionId,
  searchAttributes,
} from '../../../goals/wire/names.ts';
import { ownership } from '../../../goals/wire/run-start.ts';
import { sha256 } from '../../../goals/wire/text/sha256.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { type Answer, eventually, gatewayAt, temporalBench, unique } from '../workbench.ts';
import { accessBench, tokenOf } from './workbench.ts';

const address = temporalAddress;
const alertsId = unique('alerts');
const DIGEST = '0123456789abcdef01234567';

/** The names of what a team has. They are told apart by one word, which every answer about them would show. */
function thingsOf(word: string) {
  const goal = `load-${word}`;
  return {
    ...{ word, team: `team ${word}`, goal, queue: `queue-${word}`, pool: `pool-${word}` },
    ...{ run: `${goal}:2026-11-20`, closed: `${goal}:2026-11-21`, alert: `alert-${word}` },
    lease: leaseId(`${goal}:2026-11-20`, 'tear-down', 'it'),
    ...{ schedule: `gk-schedule:${goal}:nightly`, backfill: `${backfillIdPrefix(goal)}${DIGEST}` },
    bulkAct: bulkActId(sha256(word).slice(0, 24)),
    retraction: retractionId(sha256(word).slice(0, 24)),
    recovery: recoveryId(sha256(word).slice(0, 24)),
    ...{ event: `${word}.landed`, fingerprint: 'a'.repeat(16) },
  };
}
type Things = ReturnType<typeof thingsOf>;

const [own, foreign, nothing] = [unique('own'), unique('foreign'), unique('nothing')].map(thingsOf) as [
  Things,
  Things,
  Things,
];

const tokens = Object.fromEntries(
  grantedRoles.map((role) => [
    role,
    tokenOf({ name: `the ${role}`, roles: [role], teams: [own.team], person: true }),
  ]),
) as Record<(typeof grantedRoles)[number], ReturnType<typeof tokenOf>>;
const all = tokenOf({ name: 'root', roles: ['admin'], teams: ['*'], person: true });
/** Sees the other team, and operates its own. */
const both = tokenOf({ name: 'neighbour', roles: ['viewer'], teams: [own.team, foreign.team] });

const files = accessBench({
  // On a quick machine the tests ask more often than people do.
  limits: { reads: 1_000, writes: 1_000 },
  tokens: [...Object.values(tokens), all, both].map(({ line }) => line),
});
let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;

const reason = { reason: 'it must be so' };
const span = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z', step: '1d', input: {} };
type Headers = Record<string, string>;
type Ask = (things: Things, headers: Headers) => Promise<Answer>;
const get =
  (path: (things: Things) => string): Ask =>
  (things, headers) =>
    gateway.get(path(things), headers);
const post =
  (path: (things: Things) => string, body: object | ((things: Things) => object) = reason, more = {}): Ask =>
  (things, headers) =>
    gateway.post(path(things), typeof body === 'function' ? body(things) : body, { ...headers, ...more });
const deleting =
  (path: (things: Things) => string): Ask =>
  (things, headers) =>
    gateway.delete(path(things), reason, headers);
const cloudEvent = { 'content-type': 'application/cloudevents+json' };

/** The answer without its body, unless that is a problem. */
async function refusalOf(path: string, headers: Headers): Promise<Answer> {
  const answer = await fetch(gateway.url + path, { headers });
  const body = answer.ok ? await answer.body?.cancel() : await answer.json();
  return { status: answer.status, headers: answer.headers, body };
}

/** A request for each route, in an order in which what it does is no matter for those that follow. */
const asks: Record<string, Ask> = {
  'GET /goals': get(() => '/goals'),
  'GET /goals/:goal': get(({ goal }) => `/goals/${goal}`),
  'GET /goals/:goal/criteria/:criterion': get(({ goal }) => `/goals/${goal}/criteria/rows%20arrived`),
  'GET /goals/:goal/keys': get(({ goal }) => `/goals/${goal}/keys`),
  'GET /runs': get(({ goal }) => `/runs?goal=${goal}`),
  'GET /runs/:id': get(({ run }) => `/runs/${run}`),
  'GET /attention': get(() => '/attention'),
  'GET /runs/rows': get(({ goal }) => `/runs/rows?goal=${goal}`),
  'GET /runs/:id/errors': get(({ run }) => `/runs/${run}/errors`),
  'GET /runs/:id/attempts': get(({ run }) => `/runs/${run}/attempts?step=load%231`),
  'GET /runs/:id/map': get(({ run }) => `/runs/${run}/map?step=map%231`),
  'GET /runs/:id/executions': get(({ run }) => `/runs/${run}/executions`),
  'GET /runs/:id/logs': get(({ run }) => `/runs/${run}/logs`),
  'GET /runs/:id/artifacts': get(({ run }) => `/runs/${run}/artifacts`),
  'GET /runs/:id/record': get(({ run }) => `/runs/${run}/record`),
  'GET /runs/:id/approvals': get(({ run }) => `/runs/${run}/approvals`),
  'GET /runs/:id/resume': get(({ run }) => `/runs/${run}/resume`),
  'GET /errors': get(({ goal }) => `/errors?goal=${goal}`),
  'GET /datasets': get(() => '/datasets'),
  'GET /datasets/:name': get(({ goal }) => `/datasets/${goal}`),
  'GET /datasets/:name/partitions/:key': get(({ goal }) => `/datasets/${goal}/partitions/1`),
  'GET /goals/:goal/lineage': get(({ goal }) => `/goals/${goal}/lineage`),
  'GET /runs/:id/lineage': get(({ run }) => `/runs/${run}/lineage`),
  'GET /errors/:fingerprint': get(({ goal }) => `/errors/aaaaaaaaaaaaaaaa?goal=${goal}`),
  'GET /due': get(() => '/due'),
  'GET /records': get(({ goal }) => `/records?goal=${goal}&since=2026-11-20T06:00:00Z`),
  'GET /leases': get(({ goal }) => `/leases?goal=${goal}`),
  'GET /leases/:id': get(({ lease }) => `/leases/${lease}`),
  'GET /schedules': get(({ goal }) => `/schedules?goal=${goal}`),
  'GET /schedules/:id': get(({ schedule }) => `/schedules/${schedule}`),
  'GET /bulk-acts': get(() => '/bulk-acts'),
  'GET /bulk-acts/:id': get(({ bulkAct }) => `/bulk-acts/${bulkAct}`),
  'POST /bulk-acts': post(
    () => '/bulk-acts',
    ({ goal }) => ({ act: 'cancel', filter: { goal }, dryRun: true, ...reason }),
  ),
  'POST /bulk-acts/:id/cancel': post(({ bulkAct }) => `/bulk-acts/${bulkAct}/cancel`),
  'POST /errors/:fingerprint/recoveries': post(
    ({ fingerprint }) => `/errors/${fingerprint}/recoveries`,
    () => ({ dryRun: true, ...reason }),
  ),
  'POST /runs/:id/retract': post(
    ({ closed }) => `/runs/${closed}/retract`,
    () => ({ dryRun: true, ...reason }),
  ),
  'GET /retractions': get(() => '/retractions'),
  'GET /retractions/:id': get(({ retraction }) => `/retractions/${retraction}`),
  'POST /retractions/:id/recoveries': post(
    ({ retraction }) => `/retractions/${retraction}/recoveries`,
    () => ({ dryRun: true, ...reason }),
  ),
  'GET /recoveries': get(() => '/recoveries'),
  'GET /recoveries/:id': get(({ recovery }) => `/recoveries/${recovery}`),
  'POST /recoveries/:id/pause': post(({ recovery }) => `/recoveries/${recovery}/pause`),
  'POST /recoveries/:id/unpause': post(({ recovery }) => `/recoveries/${recovery}/unpause`),
  'POST /recoveries/:id/cancel': post(({ recovery }) => `/recoveries/${recovery}/cancel`),
  'GET /backfills': get(({ goal }) => `/backfills?goal=${goal}`),
  'GET /backfills/:id': get(({ backfill }) => `/backfills/${backfill}`),
  'GET /alerts': get(({ goal }) => `/alerts?goal=${goal}`),
  'GET /alerts/:id': get(({ alert }) => `/alerts/${alert}`),
  'GET /pools': get(() => '/pools'),
  // Its numbers grow meanwhile.
  // They grow by each request of this test.
  'GET /audit': (_, headers) => refusalOf('/audit', headers),
  'GET /audit/entries': (_, headers) => refusalOf('/audit/entries', headers),
  'GET /metrics': (_, headers) => refusalOf('/metrics', headers),
  'GET /runs/events': ({ goal }, headers) => refusalOf(`/runs/events?goal=${goal}`, headers),
  'GET /openapi.json': (_, headers) => refusalOf('/openapi.json', headers),
  'GET /docs': (_, headers) => refusalOf('/docs', headers),
  'GET /runs/:id/events': ({ run }, headers) => refusalOf(`/runs/${run}/events`, headers),
  'POST /mcp': post(
    () => '/mcp',
    ({ run }) => ({
      ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
      params: { name: 'get_run', arguments: { run } },
    }),
    { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' },
  ),
  'POST /leases/:id/retry': post(({ lease }) => `/leases/${lease}/retry`),
  'POST /schedules/:id/pause': post(({ schedule }) => `/schedules/${schedule}/pause`),
  'POST /schedules/:id/unpause': post(({ schedule }) => `/schedules/${schedule}/unpause`),
  'POST /schedules/:id/trigger': post(({ schedule }) => `/schedules/${schedule}/trigger`),
  'POST /backfills': post(
    () => '/backfills',
    ({ goal }) => ({ goal, ...span, ...reason }),
  ),
  'POST /backfills/:id/pause': post(({ backfill }) => `/backfills/${backfill}/pause`),
  'POST /backfills/:id/unpause': post(({ backfill }) => `/backfills/${backfill}/unpause`),
  'POST /backfills/:id/cancel': post(({ backfill }) => `/backfills/${backfill}/cancel`),
  'POST /codec/decode': post(
    () => '/codec/decode',
    () => ({ payloads: [] }),
  ),
  'POST /codec/encode': post(
    () => '/codec/encode',
    () => ({ payloads: [] }),
  ),
  'POST /alerts/:id/ack': post(({ alert }) => `/alerts/${alert}/ack`),
  'POST /events': post(
    () => '/events',
    ({ event: type }) => ({ specversion: '1.0', id: '1', source: '/erp', type, data: { day: '2026-11-28' } }),
    cloudEvent,
  ),
  'POST /goals/:goal/runs': post(
    ({ goal }) => `/goals/${goal}/runs`,
    () => ({ input: { day: '2026-11-22' } }),
  ),
  'POST /runs/:id/approvals/:name': post(
    ({ run }) => `/runs/${run}/approvals/sign-off`,
    () => ({ decision: 'approve' }),
  ),
  'POST /subjects/delete': post(
    () => '/subjects/delete',
    ({ word }) => ({ ...reason, subject: word, dryRun: true }),
  ),
  'DELETE /runs/:id': deleting(({ run }) => `/runs/${run}`),
  'POST /runs/:id/accept': post(({ run }) => `/runs/${run}/accept`),
  'POST /runs/:id/resume': post(({ run }) => `/runs/${run}/resume`, { dryRun: true }),
  'POST /runs/:id/tags': post(({ run }) => `/runs/${run}/tags`, { add: ['late-data'] }),
  'POST /runs/:id/notes': post(({ run }) => `/runs/${run}/notes`, { text: 'the source was late' }),
  'POST /runs/:id/cancel': post(({ run }) => `/runs/${run}/cancel`),
  'POST /goals/:goal/mute': post(({ goal }) => `/goals/${goal}/mute`, { for: '1h' }),
  'POST /goals/:goal/unmute': post(({ goal }) => `/goals/${goal}/unmute`),
  'POST /goals/:goal/pause': post(({ goal }) => `/goals/${goal}/pause`),
  'POST /goals/:goal/unpause': post(({ goal }) => `/goals/${goal}/unpause`),
};

const rows: [name: string, route: RouteFacts][] = Object.values(routes)
  .filter(({ role }) => role !== 'open')
  .map((route) => [`${route.method} ${route.path}`, route]);
const askFor = (name: string): Ask => {
  const ask = asks[name];
  if (ask === undefined) throw new Error(`this test has no request for ${name}`);
  return ask;
};

/** What was answered, with the words that tell the things of one team from those of another taken out. */
const told = ({ status, headers, body }: Answer, { word }: Things) => ({
  status,
  type: headers.get('content-type'),
  challenge: headers.get('www-authenticate'),
  body: JSON.parse(
    JSON.stringify(body ?? null)
      .replaceAll(word, 'WORD')
      .replace(/gk-bulk-act:[0-9a-f]{24}/g, 'gk-bulk-act:ID')
      .replace(/gk-retraction:[0-9a-f]{24}/g, 'gk-retraction:ID')
      .replace(/gk-recovery:[0-9a-f]{24}/g, 'gk-recovery:ID')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'),
  ),
});

async function populate({
  team,
  goal,
  queue,
  pool,
  run,
  closed,
  lease,
  backfill,
  bulkAct,
  recovery,
  retraction,
  event,
  ...things
}: Things) {
  const { client } = bench;
  const terms = { name: 'nightly', cron: ['0 3 * * *'], every: null, timezone: 'UTC', jitterMs: 0 };
  const retry = { attempts: 3, delayMs: 1, backoff: 2, maxDelayMs: 10, jitter: 0, permanent: [] };
  const limits = { name: pool, atOnce: 3, perSecond: null };
  await bench.publish(goal, {
    ...{ team, owner: things.word, taskQueue: queue },
    jobs: [{ name: 'load', timeoutMs: 1_000, retry, queue: null, pool: limits }],
    schedules: [{ ...terms, overlap: 'skip', catchUp: 'none', withinMs: 0 }],
    events: [{ type: event, where: {}, input: { day: 'data.day' } }],
  });
  const nobody = { taskQueue: unique('nobody-polls') };
  for (const workflowId of [closed, run])
    await client.workflow.start(goal, {
      ...{ workflowId, taskQueue: queue, args: [{ day: '2026-11-20' }] },
      typedSearchAttributes: [
        ...ownership({ owner: things.word, team }),
        { key: { name: searchAttributes.fingerprints, type: 'KEYWORD_LIST' }, value: [things.fingerprint] },
      ],
    });
  await bench.end(queue, closed, 'achieved');
  await (await bench.activity(queue, run, 'load#1')).failing(1);
  await client.workflow.start(LEASE, {
    ...{ workflowId: lease, ...nobody },
    memo: {
      [memoNames.lease]: {
        ...{ run, execution: 'e', step: 'start#1', goal, owner: things.word, team, job: 'tear-down' },
        ...{ name: null, expiresAt: '2026-11-30T00:00:00.000Z' },
      },
    },
  });
  await client.workflow.start(POOL, {
    ...{ workflowId: poolId(pool), ...nobody },
    memo: { [memoNames.pool]: { ...limits, holders: [], held: 0, waiting: 0 } },
  });
  await client.workflow.start(BULK_ACT, {
    ...{ workflowId: bulkAct, ...nobody, args: [] },
    memo: {
      [memoNames.bulkActTerms]: {
        ...{ act: 'cancel', filter: { goal }, team, total: 1, atOnce: 1, by: 'ada', reason: null },
      },
    },
    searchAttributes: { [searchAttributes.team]: [team] },
  });
  await client.workflow.start(RETRACTION, {
    ...{ workflowId: retraction, ...nobody, args: [] },
    memo: {
      [memoNames.retractionTerms]: {
        ...{ run: closed, execution: 'e', goal, team, owner: things.word, by: 'ada', reason: 'wrong' },
        at: '2026-11-20T00:00:00Z',
      },
    },
    searchAttributes: { [searchAttributes.team]: [team] },
  });
  await client.workflow.start(RECOVERY, {
    ...{ workflowId: recovery, ...nobody, args: [] },
    memo: {
      [memoNames.recoveryTerms]: {
        of: { kind: 'trouble', fingerprint: things.fingerprint },
        ...{ team, total: 1, atOnce: 1, trial: 1, by: 'ada', reason: null },
      },
    },
    searchAttributes: { [searchAttributes.team]: [team] },
  });
  const asked = { goal, schedule: null, stepMs: 86_400_000, input: {}, atOnce: 1, dryRun: false, by: null };
  await client.workflow.start(BACKFILL, {
    ...{ workflowId: backfill, ...nobody, args: [] },
    memo: {
      [memoNames.backfillTerms]: {
        ...{ ...asked, reason: null, from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' },
      },
    },
  });
}

const alertOf = ({ alert: id, goal, team, word, run, fingerprint }: Things): Alert => ({
  ...{ id, kind: 'failed', at: '2026-11-20T00:00:00Z', fingerprint, more: 0, acknowledged: null },
  trouble: { kind: 'job', code: 'down', message: 'down', path: ['load#1'], cause: null },
  goals: [
    {
      ...{ goal, team, owner: word, path: [], count: 1, settled: null },
      runs: [{ run, execution: 'e', at: '2026-11-20T00:00:00Z' }],
    },
  ],
  state: 'open',
  messages: [],
});
/** One trouble of both teams. */
const shared: Alert = {
  ...alertOf(foreign),
  id: 'shared',
  goals: [...alertOf(foreign).goals, ...alertOf(own).goals],
  trouble: {
    ...alertOf(foreign).trouble,
    cause: { run: foreign.run, code: 'down', message: `down at ${foreign.word}` },
  },
};

beforeAll(async () => {
  bench = await temporalBench(address);
  await Promise.all([populate(own), populate(foreign)]);
  await bench.client.workflow.start(ALERTS, {
    ...{ workflowId: alertsId, taskQueue: unique('nobody-polls') },
    memo: {
      [memoNames.alerts]: [alertOf(own), alertOf(foreign), shared],
      [memoNames.mutes]: [own, foreign].map(({ goal, word }) => ({
        ...{ goal, until: '2999-01-01T00:00:00Z', at: '2026-11-20T00:00:00Z', by: word, reason: null },
      })),
    },
  });
  gateway = await gatewayAt(address, 'default', undefined, alertsId, [], {
    access: await files.watch(),
    hooks: [],
  });
  await eventually(async () => {
    const counts = await Promise.all([
      bench.client.workflow.count(
        `${searchAttributes.fingerprints} = '${own.fingerprint}' AND ${searchAttributes.team} IN ('${own.team}', '${foreign.team}')`,
      ),
      bench.client.workflow.count(
        `WorkflowId IN ('${own.lease}', '${foreign.lease}', '${poolId(own.pool)}', '${poolId(foreign.pool)}', '${own.backfill}', '${foreign.backfill}', '${own.bulkAct}', '${foreign.bulkAct}', '${own.recovery}', '${foreign.recovery}', '${own.retraction}', '${foreign.retraction}')`,
      ),
      bench.client.workflow.count(
        `WorkflowId IN ('${own.closed}', '${foreign.closed}') AND ExecutionStatus = 'Completed'`,
      ),
    ]);
    return counts.map(({ count }) => count).join() === '4,12,2';
  });
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await bench?.client.workflow.getHandle(alertsId).terminate();
  await bench?.close();
  files.remove();
});

/** A chain is whole, or proves nothing: it is for admins of all teams. */
const OF_ALL_TEAMS: ReadonlySet<string> = new Set(['GET /audit/entries']);

test('here is every route that is not open', () => {
  expect(Object.keys(asks).sort()).toEqual(rows.map(([name]) => name).sort());
});

describe.each(rows)('%s', (name, { role }) => {
  test('asks for credentials', async () => {
    const answer = await askFor(name)(own, {});
    expect([answer.status, answer.body?.code]).toEqual([401, 'credentials_missing']);
  });

  test('asks for its role, and lets in who has it', async () => {
    for (const [has, { headers, line }] of Object.entries(tokens)) {
      const principal: Principal = {
        ...{ kind: 'person', name: line.name, how: 'api-token', verified: true },
        grants: [{ roles: [has as keyof typeof tokens], teams: [own.team] }],
      };
      const { status, body } = await askFor(name)(nothing, headers);
      if (may(principal, role, own.team) && !OF_ALL_TEAMS.has(name))
        expect([has, 401, 403]).not.toContain(status);
      else expect([has, status, body.code, body.role]).toEqual([has, 403, 'role_missing', role]);
    }
  });

  test('does not tell what another team has from what nobody has', async () => {
    const { headers } = tokens.admin;
    const answer = await askFor(name)(foreign, headers);
    expect(told(answer, foreign)).toEqual(told(await askFor(name)(nothing, headers), nothing));
  });
});

/** Answers that name something, whatever the request asks for. */
const lists = [
  ...[
    '/goals',
    '/runs',
    '/runs/rows',
    '/runs?state=closed',
    '/errors',
    '/records?since=2026-11-20T06:00:00Z',
  ],
  ...['/leases', '/schedules', '/backfills', '/alerts', '/pools', '/metrics'],
  ...['/openapi.json', '/docs'],
];

test.each(lists)('GET %s shows what the caller’s team has, and nothing of another', async (path) => {
  const textFor = async ({ token }: { token: string }): Promise<string> => {
    const answer = await fetch(gateway.url + path, { headers: { authorization: `Bearer ${token}` } });
    return answer.text();
  };
  await expect.poll(() => textFor(tokens.viewer)).toContain(own.word);
  expect(await textFor(tokens.viewer)).not.toContain(foreign.word);
  // It is there, and whoever may see it does.
  await expect.poll(() => textFor(both)).toContain(foreign.word);
  if (path.startsWith('/goals')) expect(await textFor(all)).toContain(foreign.word);
});

test('what is near to a name that nobody has is the caller’s own, and nothing of another team', async () => {
  const near = async ({ goal }: Things, { headers }: typeof all) =>
    (await gateway.get(`/goals/${goal}s`, headers)).body.near;
  await expect.poll(() => near(own, tokens.viewer)).toEqual([own.goal]);
  await expect.poll(() => near(foreign, all)).toEqual([foreign.goal]);
  expect(await near(foreign, tokens.viewer)).toBeUndefined();
});

test('a page has what is the caller’s however much of another team is newer: Temporal is asked for no other', async () => {
  const { client } = bench;
  const days = Array.from({ length: 8 }, (_, n) => `2026-12-${10 + n}`);
  const runs = days.map((day) => `${foreign.goal}:${day}`);
  for (const workflowId of runs)
    await client.workflow.start(foreign.goal, {
      ...{ workflowId, taskQueue: foreign.queue, args: [{ day: '2026-12-10' }] },
      typedSearchAttributes: ownership({ owner: foreign.word, team: foreign.team }),
    });
  await eventually(async () => {
    const query = `WorkflowId IN (${runs.map((run) => `'${run}'`).join()})`;
    return (await client.workflow.count(query)).count === runs.length;
  });
  const { body } = await gateway.get('/runs?limit=1&state=pursuing', tokens.viewer.headers);
  expect(body.items.map(({ id }: { id: string }) => id)).toEqual([own.run]);
});

test('a stream of a list is not shared with a caller whose team is called as all teams are', async () => {
  const called = tokenOf({ name: 'called all', roles: ['viewer'], teams: ['all'] });
  files.write({ tokens: [...Object.values(tokens), all, both, called].map(({ line }) => line) });
  await expect.poll(async () => (await gateway.get('/goals', called.headers)).status).toBe(200);
  const path = `/runs/events?goal=${own.goal}&state=closed`;
  const [whole, theirs] = await Promise.all(
    [all, called].map(({ headers }) => fetch(gateway.url + path, { headers })),
  );
  const firstOf = async (answer: Response | undefined): Promise<string> => {
    let text = '';
    for await (const part of answer?.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      if (/^data: /m.test(text) && text.endsWith('\n\n')) return text;
    }
    return text;
  };
  expect(await firstOf(whole)).toContain(own.closed);
  expect(await firstOf(theirs)).not.toContain(own.word);
});

test('a page of a list is as long as it would be without the others, as the query leaves them out', async () => {
  const { body } = await gateway.get('/runs?limit=1', tokens.viewer.headers);
  expect(body.items).toMatchObject([{ team: own.team }]);
});

test('an alert of two teams shows each its own part, and is quieted by neither alone', async () => {
  const { body } = await gateway.get('/alerts/shared', tokens.viewer.headers);
  expect(body.goals).toMatchObject([{ goal: own.goal }]);
  expect(JSON.stringify(body)).not.toContain(foreign.word);
  expect(await gateway.post('/alerts/shared/ack', reason, tokens.operator.headers)).toMatchObject({
    status: 403,
    body: { code: 'role_missing' },
  });
});

test('the page of an alert of two teams offers who acts for one of them nothing, and that of their own does', async () => {
  const pageOf = async (id: string, { headers }: { headers: Headers }) => {
    const answer = await fetch(`${gateway.url}/alerts/${id}`, {
      headers: { accept: 'text/html', ...headers },
    });
    return answer.text();
  };
  await expect.poll(() => pageOf(own.alert, tokens.operator)).toContain(`/alerts/${own.alert}/ack`);
  await expect.poll(() => pageOf('shared', tokens.operator)).toContain(own.goal);
  expect(await pageOf('shared', tokens.operator)).not.toContain('/alerts/shared/ack');
  expect(await pageOf('shared', all)).toContain('/alerts/shared/ack');
});

test('what a team has says whose it is', async () => {
  const { headers } = tokens.viewer;
  const of = async (path: string) => (await gateway.get(path, headers)).body;
  expect(await of(`/backfills/${own.backfill}`)).toMatchObject({ goal: own.goal, team: own.team });
  expect((await of('/backfills')).items).toMatchObject([{ goal: own.goal, team: own.team }]);
  expect((await of('/alerts')).mutes).toMatchObject([{ goal: own.goal, team: own.team }]);
  expect(await of(`/goals/${own.goal}/keys?of=found`)).toMatchObject({ team: own.team });
  // An alert says whether there is more to it than the reader sees.
  expect((await of('/alerts/shared')).shared).toBe(true);
  expect(await of(`/alerts/${own.alert}`)).not.toHaveProperty('shared');
});

/** What a route says of a thing that is not there. */
const UNKNOWN = /^(goal|run|lease|schedule|backfill|alert)_unknown$/;

test.each(rows.filter(([name]) => /:/.test(name)))('%s finds what the caller’s team has', async (name) => {
  const { status, body } = await askFor(name)(own, tokens.admin.headers);
  expect([status, body?.code]).not.toEqual([expect.anything(), expect.stringMatching(UNKNOWN)]);
  expect([401, 403, 500]).not.toContain(status);
});
