// One pass of the suite: an installation under load, broken again and again, then left alone until all is settled, and checked.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { runKey } from '../../goals/wire/run-id.ts';
import { Asking } from './asking.ts';
import { type Break, breakRuns } from './breaks.ts';
import type { ExpectedRun } from './cases.ts';
import { type AlertsEvidence, check, failuresTold } from './check.ts';
import { EFFECTS_FILE, Effects } from './effects.ts';
import { Faults } from './faults.ts';
import { hostedRuns } from './hosts.ts';
import { Load } from './load.ts';
import { executionsOf, type ObservedRun, observe } from './observe.ts';
import { type Outside, openOutside } from './outside.ts';
import { answersWhileAway, figuresOf, recoveries } from './recovery.ts';
import type { Result } from './report.ts';
import { SCHEDULE_MS } from './team/goals.ts';
import type { Gateway, Topology, TopologyOptions } from './topology.ts';
import { BREAK, UPSTREAM_URL } from './variables.ts';

const TEAM = fileURLToPath(new URL('./team', import.meta.url));
const TASK_QUEUE = 'chaos';
/** How long what was acknowledged may take to end, once nothing is broken any more. */
const SETTLE_MS = 180_000;
const OPEN_EVERY_MS = 500;

export interface SuiteOptions {
  topology(options: TopologyOptions): Promise<Topology>;
  minutes: number;
  seed: number;
  /** Cases a second, and how many at once. */
  rate: number;
  atOnce: number;
  /** Between two faults, in milliseconds; null for none. */
  pauseMs: readonly [number, number] | null;
  breaks: readonly Break[];
  /** Keeps data and logs, and says where. */
  keep: boolean;
  onProgress(line: string): void;
}

export async function runSuite(options: SuiteOptions): Promise<Result> {
  const { minutes, seed, breaks, onProgress } = options;
  const folder = await mkdtemp(join(tmpdir(), 'goalkeeper-chaos-'));
  const outside = await openOutside(breaks.includes('forget'));
  const effectsFile = join(folder, 'effects');
  const effects = new Effects(effectsFile);
  onProgress(`starting; data and logs are in ${folder}`);
  let topology: Topology | null = null;
  try {
    topology = await options.topology({
      folder,
      team: TEAM,
      onProgress,
      environment: {
        ...process.env,
        LOG_LEVEL: 'warn',
        GOALKEEPER_TASK_QUEUE: TASK_QUEUE,
        GOALKEEPER_STORAGE: join(folder, 'payloads'),
        GOALKEEPER_ALERT_WEBHOOK_URL: outside.receiver.url,
        GOALKEEPER_ALERT_WEBHOOK_SECRET: `whsec_${Buffer.from(`${seed}`.padEnd(32, 'chaos')).toString('base64')}`,
        GOALKEEPER_ALERT_GATHER: '200ms',
        GOALKEEPER_ALERT_COOLDOWN: '1s',
        GOALKEEPER_ALERT_SWEEP: '5s',
        [EFFECTS_FILE]: effectsFile,
        [UPSTREAM_URL]: outside.upstream.url,
        [BREAK]: breaks.join(','),
      },
    });
    const { gateways } = topology;
    const connection = await Connection.connect({ address: topology.temporal });
    const client = new Client({ connection });
    const within = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + 5_000, call);
    const asking = new Asking(gateways);
    let open: number | null = null;
    const query = `TaskQueue = '${TASK_QUEUE}' AND ExecutionStatus = 'Running'`;
    const counting = setInterval(() => {
      within(() => client.workflow.count(query)).then(
        ({ count }) => {
          open = count;
        },
        () => undefined,
      );
    }, OPEN_EVERY_MS);
    const load = new Load(asking, { ...options, open: () => open });
    const faults = new Faults({
      ...{ seed, topology, outside, effects, asking },
      pauseMs: options.pauseMs ?? [0, 0],
      onFault: ({ kind, parts, attempts, requests, at, backAt }) =>
        onProgress(
          `${kind} (${parts.join(', ')}), ${attempts.length} attempts and ${requests.length} requests under way, back after ${((backAt - at) / 1000).toFixed(1)} s; ${load.runs.size} acknowledged, ${open} open`,
        ),
    });
    const begun = Date.now();
    const until = begun + minutes * 60_000;
    await Promise.all([
      load.run(until),
      ...(options.pauseMs === null ? [] : [faults.run(until)]),
      ...(breaks.length === 0
        ? []
        : [delay((until - begun) * 0.8).then(() => breakRuns(breaks, client, load))]),
    ]);
    const ended = Date.now();
    onProgress(`${load.runs.size} acknowledged; waiting for what is open`);
    const expected: ExpectedRun[] = [...load.runs.values(), ...timesBetween(begun, ended)];
    const settled = async (): Promise<boolean> => {
      const running = new Set<string>();
      for await (const { workflowId } of client.workflow.list({ query })) running.add(workflowId);
      return !expected.some(({ id }) => running.has(id));
    };
    for (const end = Date.now() + SETTLE_MS; Date.now() < end; await delay(500))
      if (await settled().catch(() => false)) break;
    clearInterval(counting);
    // Visibility lags, alerts are gathered, and a sweep finds what was not told.
    const failed = expected.filter(({ ends }) => ends.outcome === 'failed').length;
    const kept = async () => (await asking.ask(gateways[0] as Gateway, '/alerts'))?.body?.items ?? [];
    const quietMs = breaks.includes('forget') ? DROPPED_MS : QUIET_MS;
    const alerts = await alertsSettled(outside, kept, failed, quietMs);

    onProgress('checking');
    const hosted = await hostedRuns(client, TASK_QUEUE);
    const executions = await executionsOf(client, TASK_QUEUE, hosted);
    const observed = new Map<string, ObservedRun | null>();
    const rest = [...expected];
    const checking = Array.from({ length: 6 }, async (_, i) => {
      for (let run = rest.pop(); run !== undefined; run = rest.pop())
        observed.set(
          run.id,
          await observe(asking, gateways[i % gateways.length] as never, client, run.id, hosted.get(run.id)),
        );
    });
    await Promise.all(checking);
    const verdict = check({
      ...{ expected, observed, executions, hosted, asked: outside.asked, refused: asking.refused },
      answered: new Map([...load.runs].map(([id, run]) => [id, run.executions])),
      effects: effects.now(),
      alerts,
    });
    await connection.close();
    const acknowledged: Record<string, number> = {};
    for (const { kind } of load.runs.values()) acknowledged[kind] = (acknowledged[kind] ?? 0) + 1;
    acknowledged.scheduled = expected.length - load.runs.size;
    const messages = [...outside.alerts.values()];
    return {
      ...{ topology: topology.name, seed, minutes, acknowledged, verdict },
      light: [...hosted.values()].filter(({ achieved }) => achieved.length > 0).length,
      kills: faults.done.reduce((sum, { kills }) => sum + kills, 0),
      recoveries: recoveries(faults.done, effects.now(), asking.tries),
      answers: answersWhileAway(faults.done, asking.tries),
      outcomes: figuresOf([...observed.values()].flatMap((run) => (run === null ? [] : [run.ms]))),
      alerts: {
        failures: failed,
        messages: messages.length,
        repeated: messages.reduce((sum, { times }) => sum + times - 1, 0),
      },
    };
  } finally {
    await topology?.stop();
    await outside.stop();
    if (!options.keep) await rm(folder, { recursive: true, force: true });
  }
}

/** The times of the schedule that lie between, each of which has its run. */
function timesBetween(begun: number, ended: number): ExpectedRun[] {
  const runs: ExpectedRun[] = [];
  for (let at = Math.ceil(begun / SCHEDULE_MS) * SCHEDULE_MS; at < ended; at += SCHEDULE_MS) {
    const key = runKey({ key: new Date(at).toISOString() }, ['key']).id;
    runs.push({
      id: `chaos-scheduled:${key}`,
      goal: 'chaos-scheduled',
      ends: { outcome: 'achieved', sum: 5 },
      steps: [{ path: 'work#1', work: { value: 5, fails: 0, ms: 0 }, told: 'each' }],
    });
  }
  return runs;
}

/**
 * So long no message may come before none is expected any more: longer than it takes a worker to notice that its connection
 * went dead, as it may have one to deliver.
 */
const QUIET_MS = 75_000;
/** Where the receiver drops them all: a sweep, and some. */
const DROPPED_MS = 10_000;

/** What was told, once it tells of so many failures, or nothing more comes. */
async function alertsSettled(
  outside: Outside,
  kept: () => Promise<AlertsEvidence['kept']>,
  failures: number,
  quietMs: number,
): Promise<AlertsEvidence> {
  let [before, since] = [-1, Date.now()];
  for (; ; await delay(200)) {
    const alerts = { messages: [...outside.alerts.values()], kept: await kept() };
    const told = [...failuresTold(alerts).values()].reduce((a, b) => a + b, 0);
    if (told >= failures || Date.now() - since > quietMs) return alerts;
    if (told !== before) [before, since] = [told, Date.now()];
  }
}
