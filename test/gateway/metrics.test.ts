// `GET /metrics` of the gateway: how goals stand, told with no worker up, and with Temporal down.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Alert, noticeKinds } from '../../goals/wire/alerts.ts';
import { ALERTS, memoNames, searchAttributes } from '../../goals/wire/names.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import { scraped } from '../engine/metrics/scraped.ts';
import { temporalAddress } from '../temporal-address.ts';
import { gatewayForTest, temporalBench, unique } from './workbench.ts';

const SOON = { timeout: 60_000, interval: 200 };
const TEAM = unique('team');
let bench: Awaited<ReturnType<typeof temporalBench>>;

beforeAll(async () => {
  bench = await temporalBench(temporalAddress);
});
afterAll(() => bench?.close());

/** Those of one gateway's series that have this text in their labels. */
const seriesWith = async (url: string, text: string): Promise<Record<string, number>> =>
  Object.fromEntries([...(await scraped(url))].filter(([series]) => series.includes(text)));

test('tells how many runs of a goal are open, struggle, wait or are late, and since when the oldest is', async () => {
  const goal = unique('load-day');
  const publication = await bench.publish(goal, { team: TEAM, expectedMs: 1 });
  const { url } = await gatewayForTest(temporalAddress);
  const labels = `{team="${TEAM}",goal="${goal}"`;
  await expect
    .poll(() => seriesWith(url, goal), SOON)
    .toEqual({
      [`goalkeeper_goal_open_runs${labels},state="delayed"}`]: 0,
      [`goalkeeper_goal_open_runs${labels},state="pursuing"}`]: 0,
      [`goalkeeper_goal_open_runs${labels},state="waiting"}`]: 0,
      [`goalkeeper_goal_open_runs${labels},state="struggling"}`]: 0,
      [`goalkeeper_goal_open_runs${labels},state="stuck"}`]: 0,
      [`goalkeeper_goal_late_runs${labels}}`]: 0,
      [`goalkeeper_goal_oldest_open_run_seconds${labels}}`]: 0,
      [`goalkeeper_goal_paused${labels}}`]: 0,
      ...Object.fromEntries(
        noticeKinds.map((kind) => [`goalkeeper_goal_open_alerts${labels},kind="${kind}"}`, 0]),
      ),
    });
  const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  for (const [day, state] of [
    ['01', null],
    ['02', 'struggling'],
    ['03', 'struggling'],
    ['04', 'waiting'],
    ['05', 'closed'],
  ]) {
    const start = runStart({ ...publication, name: goal }, { day: `2026-11-${day}` }, why);
    const attribute = {
      key: { name: searchAttributes.state, type: 'KEYWORD' as const },
      value: state as string,
    };
    await bench.client.workflow.start(goal, {
      ...start,
      typedSearchAttributes: [...start.typedSearchAttributes, ...(state === null ? [] : [attribute])],
      taskQueue: publication.taskQueue,
      args: [],
    });
  }
  await bench.client.workflow.getHandle(`${goal}:2026-11-05`).terminate('it is over');
  const told = async () => {
    const series = await seriesWith(url, goal);
    expect(series[`goalkeeper_goal_oldest_open_run_seconds${labels}}`]).toBeGreaterThan(0);
    return Object.entries(series).filter(([name, value]) => value > 0 && !name.includes('oldest'));
  };
  await expect.poll(told, SOON).toEqual([
    [`goalkeeper_goal_open_runs${labels},state="pursuing"}`, 1],
    [`goalkeeper_goal_open_runs${labels},state="waiting"}`, 1],
    [`goalkeeper_goal_open_runs${labels},state="struggling"}`, 2],
    [`goalkeeper_goal_late_runs${labels}}`, 4],
  ]);
});

test('tells what waits in a queue, for how long, and whether anybody asks for it', async () => {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal, { team: TEAM });
  const { url, post } = await gatewayForTest(temporalAddress);
  expect((await post(`/goals/${goal}/runs`, { input: { day: '2026-11-20' } })).status).toBe(202);
  const labels = `{task_queue="${taskQueue}",type="workflow"}`;
  const value = async (name: string) => (await scraped(url)).get(name + labels);
  await expect.poll(() => value('goalkeeper_task_queue_backlog'), SOON).toBe(1);
  await expect.poll(() => value('goalkeeper_task_queue_backlog_age_seconds'), SOON).toBeGreaterThan(0);
  expect(await value('goalkeeper_task_queue_pollers')).toBe(0);
  await bench.end(taskQueue, `${goal}:2026-11-20`, 'achieved');
  await expect.poll(() => value('goalkeeper_task_queue_pollers'), SOON).toBe(1);
  await expect.poll(() => value('goalkeeper_task_queue_backlog'), SOON).toBe(0);
});

test('tells which goals have an open alert, and what became of its messages', async () => {
  const goal = unique('load-day');
  await bench.publish(goal, { team: TEAM });
  const alertsId = unique('alerts');
  const at = new Date(Date.now() - 600_000).toISOString();
  const long = new Date(Date.now() - 2 * 86_400_000).toISOString();
  const alerted = { team: TEAM, owner: 'data', path: [], runs: [], count: 1 };
  const over = { how: 'reached' as const, at, run: null };
  const alert: Alert = {
    ...{ id: 'alert-1', kind: 'failed', at, fingerprint: 'x', more: 0, acknowledged: null, state: 'open' },
    trouble: { kind: 'job', code: 'gone', message: 'no', path: [], cause: null },
    goals: [
      { ...alerted, goal, settled: null },
      { ...alerted, goal: unique('settled'), settled: over },
      // Not published any more.
      { ...alerted, goal: unique('unknown'), settled: null },
    ],
    messages: [
      {
        ...{ id: 'm1', what: 'opened', at, goals: [goal] },
        deliveries: {
          pager: { state: 'waiting', at: null },
          chat: { state: 'delivered', at },
          mail: { state: 'given-up', at },
          fax: { state: 'given-up', at: long },
        },
      },
    ],
  };
  await bench.client.workflow.start(ALERTS, {
    workflowId: alertsId,
    taskQueue: unique('nobody-polls'),
    args: [],
    memo: { [memoNames.alerts]: [alert], [memoNames.mutes]: [], [memoNames.accepted]: {} },
  });
  const { url } = await gatewayForTest(temporalAddress, undefined, alertsId);
  const open = `goalkeeper_goal_open_alerts{team="${TEAM}",goal="${goal}",kind="failed"}`;
  // A Temporal that is slow has no part in a scrape.
  await expect.poll(async () => (await scraped(url)).get(open), SOON).toBe(1);
  const series = await scraped(url);
  expect(series.get('goalkeeper_goal_open_alerts{team="other",goal="other",kind="failed"}')).toBe(1);
  const deliveries = [...series].filter(([name]) => name.startsWith('goalkeeper_alert_deliveries'));
  expect(deliveries).toEqual([
    ['goalkeeper_alert_deliveries{sink="pager",state="waiting"}', 1],
    ['goalkeeper_alert_deliveries{sink="chat",state="delivered"}', 1],
    ['goalkeeper_alert_deliveries{sink="mail",state="given-up"}', 1],
    ['goalkeeper_alert_deliveries{sink="fax",state="given-up"}', 0],
  ]);
  const waiting = (sink: string) => series.get(`goalkeeper_alert_delivery_oldest_seconds{sink="${sink}"}`);
  expect(waiting('pager')).toBeGreaterThanOrEqual(600);
  expect([waiting('chat'), waiting('fax')]).toEqual([0, 0]);
});

test.each(['refuses connections', 'swallows everything'])(
  'with a Temporal that %s it answers within 3 seconds, and says that Temporal is down',
  async (how) => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    if (how === 'refuses connections') server.close();
    onTestFinished(() => void server.close());
    const { url } = await gatewayForTest(`127.0.0.1:${port}`);
    const begun = performance.now();
    const series = await scraped(url);
    expect(performance.now() - begun).toBeLessThan(3_000);
    expect([...series]).toEqual([
      ['goalkeeper_temporal_up', 0],
      ['goalkeeper_gateway_streams', 0],
      ['goalkeeper_gateway_streams_followed', 0],
    ]);
  },
);
