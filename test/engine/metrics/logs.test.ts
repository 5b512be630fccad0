// What the processes write: lines of JSON that say of which run they are, and hold what nobody may know as little at the
// level `trace` as at any other.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { temporalLogger } from '../../../activities/log.ts';
import { askingAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { Receiver, SECRET } from '../alerts/receiver.ts';
import { ChildWorker } from '../child-worker.ts';
import { fresh, Workbench } from '../workbench.ts';
import { measured } from './goals.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const SOON = { timeout: 60_000, interval: 50 };
const CALLBACK_SECRET = 'what-callbacks-are-signed-with-0123456789';
const HOOK_SECRET = 'what-the-shop-signs-with-0123456789';

type Line = Record<string, unknown>;

/** Every line as JSON, which it must be. */
const linesOf = (output: string): Line[] =>
  output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      expect(line).toMatch(/^\{.*\}$/);
      return JSON.parse(line) as Line;
    });

/** A task's token is a protobuf with the run's ID in it: its base64 holds that of the ID, at one of three places in it. */
const inBase64 = (text: string): string[] =>
  [0, 1, 2].map((before) => {
    const whole = Buffer.from('x'.repeat(before) + text).toString('base64');
    return whole.slice(before === 0 ? 0 : 4, -4);
  });

test("a worker's lines are JSON at every level, a run's carry goal, run, step and attempt, and no token or secret is in them", async () => {
  const bench = await Workbench.open();
  onTestFinished(() => bench.close());
  const receiver = await Receiver.open();
  const child = await ChildWorker.start(folder, {
    GOALKEEPER_TASK_QUEUE: bench.taskQueue,
    GOALKEEPER_ALERTS_ID: fresh('alerts'),
    GOALKEEPER_ALERT_GATHER: '50ms',
    GOALKEEPER_ALERT_WEBHOOK_URL: receiver.url,
    GOALKEEPER_ALERT_WEBHOOK_SECRET: SECRET,
    GOALKEEPER_CALLBACK_SECRET: CALLBACK_SECRET,
    LOG_LEVEL: 'trace',
  });
  onTestFinished(() => void child.end('SIGKILL'));
  const key = fresh('k');
  const input = {
    key,
    steps: [{ script: ['fail:busy', 'ok'] }],
    ticks: [1, 0],
    slow: { script: ['permanent:gone'] },
  };
  const handle = await bench.start(measured, input);
  expect((await bench.closed(handle)).run.outcome).toBe('failed');
  await expect.poll(() => receiver.received.length, SOON).toBeGreaterThan(0);
  await child.end('SIGTERM');

  const output = child.output();
  const lines = linesOf(output);
  const run = { goal: 'measured', run: handle.workflowId };
  const told = lines.filter((line) => line.run === handle.workflowId);
  expect(told).toContainEqual(
    expect.objectContaining({ ...run, step: 'act#1', attempt: 1, code: 'busy', level: 30 }),
  );
  expect(told).toContainEqual(
    expect.objectContaining({ ...run, outcome: 'failed', kind: 'job', code: 'gone', level: 40 }),
  );
  // The SDK's own lines, in the same words.
  expect(told).toContainEqual(
    expect.objectContaining({ ...run, step: 'act-slowly#1', serverAttempt: 1, activityType: 'act-slowly' }),
  );
  expect(told.filter(({ attempt, step }) => attempt !== undefined && step === undefined)).toEqual([]);
  expect(lines.filter((line) => 'workflowType' in line && line.workflowType === 'measured')).toEqual([]);

  for (const secret of [SECRET, CALLBACK_SECRET, 'taskToken', 'taskEncoded', ...inBase64(handle.workflowId)])
    expect(output).not.toContain(secret);
  expect(inBase64(handle.workflowId).every((one) => one.length > 12)).toBe(true);
});

test("a gateway's lines are JSON at every level, and hold no header, secret or body of a request", async () => {
  const main = fileURLToPath(new URL('../../../gateway/main.ts', import.meta.url));
  const child = fork(main, [], {
    env: {
      ...process.env,
      ...{ TEMPORAL_ADDRESS: temporalAddress, PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'trace' },
      GOALKEEPER_CALLBACK_SECRET: CALLBACK_SECRET,
      SHOP_SECRET: HOOK_SECRET,
      GOALKEEPER_HOOKS: JSON.stringify([{ name: 'shop', preset: 'hmac', secret: 'SHOP_SECRET' }]),
    },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += data));
  const [{ url, metricsUrl }] = (await once(child, 'message')) as [{ url: string; metricsUrl: string }];
  const gateway = askingAt(url);
  const authorization = `Bearer ${fresh('bearer')}`;
  const signature = fresh('signature');
  const body = { secret: fresh('body') };
  const hooked = await gateway.post('/hooks/shop', body, { authorization, 'x-signature': signature });
  expect(hooked.status).toBe(401);
  const called = await gateway.post(`/callbacks/${signature}.x`, { output: body }, { authorization });
  expect(called.status).toBeGreaterThanOrEqual(400);
  await gateway.post('/runs/no-such-goal:x/cancel', { reason: 'none' }, { authorization });
  expect((await fetch(`${metricsUrl}/metrics`)).status).toBe(200);
  expect((await fetch(`${metricsUrl}/goals`)).status).toBe(404);
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(linesOf(output)).toContainEqual(
    expect.objectContaining({ name: 'gateway', msg: 'the gateway listens' }),
  );
  for (const secret of [authorization, signature, body.secret, CALLBACK_SECRET, HOOK_SECRET])
    expect(output).not.toContain(secret);
});

test('of what the SDK logs of a task that it cannot read, no token and no input is kept', () => {
  const lines: Line[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const meta = {
    sdkComponent: 'worker',
    taskToken: 'c2VjcmV0',
    task: '{"taskToken":"c2VjcmV0","start":{"input":[{"data":"c2VjcmV0"}]}}',
    taskEncoded: 'c2VjcmV0',
    variant: { start: { input: ['c2VjcmV0'] } },
    workflowType: 'measured',
    workflowId: 'measured:x',
    runId: 'r',
    activityId: 'load#1~3',
    activityType: 'load',
    attempt: 1,
    isLocal: false,
    error: new Error('it cannot be read'),
  };
  temporalLogger(log).error('Error while processing ActivityTask.start', meta);
  expect(JSON.stringify(lines)).not.toContain('c2VjcmV0');
  expect(lines).toMatchObject([
    {
      ...{ goal: 'measured', run: 'measured:x', execution: 'r', step: 'load#1', activityType: 'load' },
      ...{ serverAttempt: 1, err: { message: 'it cannot be read' }, level: 50 },
    },
  ]);
});
