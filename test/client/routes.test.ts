// Each route has a method of the client. The record below is complete by its type: a new route does not compile without its row.

import { expect, test } from 'vitest';
import { type Client, createClient, type Listing } from '../../client/index.ts';
import { routes } from '../../gateway/routes.ts';
import { reach, readCode } from '../house/arrows.ts';

const act = { by: 'ann', reason: 'because' };
const first = <Item>(list: Listing<Item>) => list.page();

/** A browser is sent there; a program has a token. */
type OfBrowsers = 'beginSignIn' | 'finishSignIn' | 'signOut';
/** Assistants have clients of their own. */
type OfAssistants = 'askMcp' | 'showResource';
/** Temporal's own web UI and command line ask them. */
type OfTemporal = 'decodePayloads' | 'encodePayloads';
type Asked = Exclude<keyof typeof routes, OfBrowsers | OfAssistants | OfTemporal>;

const asked: Record<Asked, (client: Client) => unknown> = {
  showAttention: (client) => client.attention(),
  listGoals: ({ goals }) => first(goals.list()),
  showGoal: (client) => client.goal('daily').show(),
  showCriterion: (client) => first(client.goal('daily').criterion('rows arrived')),
  listKeys: (client) => first(client.goal('daily').keys({ part: 'day', from: '1', outcome: 'missing' })),
  startRun: (client) => client.goal('daily').start({ day: 1 }, { wait: '30s', idempotencyKey: 'k', ...act }),
  pauseGoal: (client) => client.goal('daily').pause({ ...act, hold: true }),
  unpauseGoal: (client) => client.goal('daily').unpause(),
  muteGoal: (client) => client.goal('daily').mute({ for: '8h' }),
  unmuteGoal: (client) => client.goal('daily').unmute(),
  listAudit: ({ audit }) => audit.list({ since: '24h', denied: true }),
  streamAudit: ({ audit }) => audit.entries().next(),
  listRuns: ({ runs }) => first(runs.list({ goal: 'daily' })),
  listRows: ({ runs }) => first(runs.rows({ goal: 'daily', late: true })),
  showRun: ({ runs }) => runs.get('daily:1'),
  listRunErrors: ({ runs }) => runs.errors('daily:1'),
  listAttempts: ({ runs }) => runs.attempts('daily:1', 'load#1'),
  showMap: ({ runs }) => runs.map('daily:1', 'map#1'),
  listExecutions: ({ runs }) => first(runs.executions('daily:1')),
  readRunLogs: ({ runs }) =>
    runs.logs('daily:1', { step: 'load#1', attempt: 1, follow: true })[Symbol.asyncIterator]().next(),
  showArtifacts: ({ runs }) => runs.artifacts('daily:1'),
  streamRuns: ({ runs }) => runs.watchList()[Symbol.asyncIterator]().next(),
  streamRun: ({ runs }) => runs.watch('daily:1')[Symbol.asyncIterator]().next(),
  cancelRun: ({ runs }) => runs.cancel('daily:1'),
  planResume: ({ runs }) => runs.planResume('daily:1'),
  resumeRun: ({ runs }) => runs.resume('daily:1', { dryRun: true }),
  acceptRun: ({ runs }) => runs.accept('daily:1', act),
  tagRun: ({ runs }) => runs.tag('daily:1', { add: ['a'] }),
  noteRun: ({ runs }) => runs.note('daily:1', { text: 'seen' }),
  listDatasets: ({ datasets }) => first(datasets.list()),
  showDataset: ({ datasets }) => first(datasets.partitions('orders', { state: 'missing' })),
  showPartition: ({ datasets }) => datasets.partition('orders', '2026-11-20'),
  showGoalLineage: (client) => client.goal('daily').lineage({ direction: 'up' }),
  showRunLineage: ({ runs }) => runs.lineage('daily:1', { depth: 2 }),
  listDue: ({ due }) => first(due.list({ day: '2026-11-28' })),
  deleteSubject: ({ subjects }) => subjects.delete({ ...act, subject: '42' }),
  deleteRun: ({ runs }) => runs.delete('daily:1', act),
  listErrors: ({ errors }) => first(errors.list()),
  showError: ({ errors }) => errors.get('aaaaaaaaaaaaaaaa'),
  listApprovals: ({ approvals }) => approvals.list('daily:1'),
  decideApproval: ({ approvals }) => approvals.decide('daily:1', 'sign-off#1', { decision: 'approve' }),
  showRecord: ({ runs }) => runs.record('daily:1'),
  streamRecords: ({ records }) => records.stream({ since: '2026-11-20T00:00:00Z' }).next(),
  listLeases: ({ leases }) => first(leases.list()),
  showLease: ({ leases }) => leases.get('lease'),
  retryLease: ({ leases }) => leases.retry('lease', act),
  listPools: ({ pools }) => first(pools.list()),
  listSchedules: ({ schedules }) => first(schedules.list()),
  showSchedule: ({ schedules }) => schedules.get('daily/nightly'),
  pauseSchedule: ({ schedules }) => schedules.pause('daily', act),
  unpauseSchedule: ({ schedules }) => schedules.unpause('daily', act),
  triggerSchedule: ({ schedules }) => schedules.trigger('daily', { ...act, idempotencyKey: 'k' }),
  listBulkActs: ({ bulkActs }) => first(bulkActs.list()),
  startBulkAct: ({ bulkActs }) =>
    bulkActs.start({ act: 'cancel', filter: { goal: 'daily' }, idempotencyKey: 'k', ...act }),
  showBulkAct: ({ bulkActs }) => bulkActs.get('b'),
  cancelBulkAct: ({ bulkActs }) => bulkActs.cancel('b'),
  recoverTrouble: ({ errors }) =>
    errors.recover({ fingerprint: '0123456789abcdef', idempotencyKey: 'k', ...act }),
  retractRun: ({ runs }) => runs.retract('daily:1', { ...act }),
  listRetractions: ({ retractions }) => first(retractions.list()),
  showRetraction: ({ retractions }) => retractions.get('r'),
  recoverRetraction: ({ retractions }) => retractions.recover('r', { idempotencyKey: 'k', ...act }),
  listRecoveries: ({ recoveries }) => first(recoveries.list()),
  showRecovery: ({ recoveries }) => recoveries.get('r'),
  pauseRecovery: ({ recoveries }) => recoveries.pause('r'),
  unpauseRecovery: ({ recoveries }) => recoveries.unpause('r'),
  cancelRecovery: ({ recoveries }) => recoveries.cancel('r'),
  listBackfills: ({ backfills }) => first(backfills.list()),
  startBackfill: ({ backfills }) =>
    backfills.start({ goal: 'daily', from: 'a', to: 'b', wait: '5s', idempotencyKey: 'k' }),
  showBackfill: ({ backfills }) => backfills.get('b'),
  pauseBackfill: ({ backfills }) => backfills.pause('b'),
  unpauseBackfill: ({ backfills }) => backfills.unpause('b'),
  cancelBackfill: ({ backfills }) => backfills.cancel('b'),
  listAlerts: ({ alerts }) => first(alerts.list()),
  showAlert: ({ alerts }) => alerts.get('a'),
  acknowledgeAlert: ({ alerts }) => alerts.acknowledge('a'),
  receiveEvents: ({ events }) => events.send([{ specversion: '1.0', id: '1', source: 's', type: 't' }]),
  receiveWebhook: ({ hooks }) => hooks.deliver('shop', '{}', { 'x-signature': 's' }),
  receiveCallback: ({ callbacks }) => callbacks.end('token', { output: 1 }),
  readMetrics: ({ health }) => health.metrics(),
  showHealth: ({ health }) => health.up(),
  showReadiness: ({ health }) => health.ready(),
  showOpenApi: ({ api }) => api.openApi(),
  showDocs: ({ api }) => api.docs(),
  showProblem: ({ problems }) => problems.explain('run_open'),
};

test.each(Object.entries(routes).filter(([name]) => name in asked))(
  '%s has a method',
  async (name, { method, path, headers, body }) => {
    const sent: Request[] = [];
    const client = createClient({
      url: 'http://gateway/',
      token: 'secret',
      async fetch(url, init) {
        sent.push(new Request(url, init));
        return sent[0]?.headers.get('accept') === 'text/event-stream'
          ? new Response('event: view\ndata: {}\n\nevent: list\ndata: {}\n\n', {
              headers: { 'content-type': 'text/event-stream' },
            })
          : Response.json({ state: 'closed', items: [], next: null });
      },
    });
    await asked[name as Asked](client);
    const [request] = sent;
    expect(sent).toHaveLength(1);
    expect(request?.method).toBe(method);
    expect(new URL(request?.url ?? '').pathname).toMatch(new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`));
    expect(request?.headers.get('authorization')).toBe('Bearer secret');
    if (name !== 'decideApproval')
      for (const header of headers.filter(
        (one) => !(name === 'resumeRun' && one === 'prefer') && one !== 'last-event-id',
      ))
        expect(request?.headers.has(header), header).toBe(true);
    if (body !== null && 'mediaTypes' in body)
      expect(body.mediaTypes).toContain(request?.headers.get('content-type'));
  },
);

test('names in the path are escaped, and goals have their name in camel case too', async () => {
  const paths: string[] = [];
  const client = createClient<{ 'daily-revenue': { input: unknown; output: unknown } }>({
    url: 'http://gateway',
    async fetch(url) {
      paths.push(new URL(String(url)).pathname);
      return Response.json({});
    },
  });
  await client.approvals.decide('daily:a/b', 'sign-off#2', { decision: 'approve' });
  await client.goals.dailyRevenue.show();
  await client.goals['daily-revenue'].show();
  expect(paths).toEqual([
    '/runs/daily%3Aa%2Fb/approvals/sign-off%232',
    '/goals/daily-revenue',
    '/goals/daily-revenue',
  ]);
  // Whoever gives it away from an async function awaits it.
  expect(await (async () => client.goals)()).toBe(client.goals);
});

test('the client loads nothing but itself', () => {
  const { files, packages } = reach('client/index.ts', readCode(['client', 'goals/wire']));
  expect(packages).toEqual([]);
  expect(files.filter((file) => !file.startsWith('client/'))).toEqual([]);
});
