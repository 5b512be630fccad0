// Secrets are named in contracts and given by the worker: whatever their jobs do with them, they are nowhere afterwards.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { temporalAddress } from '../../temporal-address.ts';
import { gatewayForTest } from '../../gateway/workbench.ts';
import { Receiver, SECRET } from '../alerts/receiver.ts';
import { ChildWorker } from '../child-worker.ts';
import { confided } from './goals.ts';
import { fresh, Workbench } from '../workbench.ts';

const folder = fileURLToPath(new URL('./', import.meta.url));
const TOKEN = 'tök/en "4711" +hush';
const FILED = 'first-line-of-it\nsecond-line-of-it';
const WITHIN = { timeout: 60_000, interval: 50 };

/** Every form in which a text could hold it. */
const formsOf = (secret: string): string[] => [
  ...secret.split('\n'),
  ...[secret, ...secret.split('\n')].flatMap((value) => [
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64').replaceAll('=', ''),
  ]),
];

async function given(): Promise<{ bench: Workbench; scratch: string; environment: Record<string, string> }> {
  const bench = await Workbench.open();
  onTestFinished(() => bench.close());
  const scratch = mkdtempSync(join(tmpdir(), 'secrets-'));
  writeFileSync(join(scratch, 'held'), '');
  writeFileSync(join(scratch, 'token'), `${FILED}\n`);
  const environment = {
    GOALKEEPER_TASK_QUEUE: bench.taskQueue,
    GOALKEEPER_ALERTS_ID: fresh('alerts'),
    LOG_LEVEL: 'trace',
    TEST_HELD: join(scratch, 'held'),
    TEST_TOKEN: TOKEN,
    TEST_FILE_TOKEN_FILE: join(scratch, 'token'),
  };
  return { bench, scratch, environment };
}

/** The command lines of all processes there are, where the system shows them. */
const commandLines = (): string =>
  existsSync('/proc')
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => {
          try {
            return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
          } catch {
            return '';
          }
        })
        .join('\n')
    : '';

test('the values of secrets are nowhere: history, heartbeats, views, records, logs, alerts, command lines', async () => {
  const { bench, scratch, environment } = await given();
  const receiver = await Receiver.open();
  const child = await ChildWorker.start(folder, {
    ...environment,
    GOALKEEPER_ALERT_WEBHOOK_URL: receiver.url,
    GOALKEEPER_ALERT_WEBHOOK_SECRET: SECRET,
  });
  onTestFinished(async () => void (await child.end('SIGKILL')));
  const gateway = await gatewayForTest(temporalAddress);
  const handle = await bench.start(confided, { key: fresh('k'), held: 'nothing' });
  const seen: string[] = [];
  const look = async (): Promise<void> => {
    const { events } = await handle.fetchHistory();
    const { raw } = await handle.describe();
    const kept = JSON.stringify([events, raw], (_name, value) =>
      value?.type === 'Buffer'
        ? Buffer.from(value.data).toString()
        : value instanceof Uint8Array
          ? Buffer.from(value).toString()
          : value,
    );
    const answers = await Promise.all(
      ['', '/errors', '/record'].map((path) => gateway.get(`/runs/${handle.workflowId}${path}`)),
    );
    seen.push(kept, JSON.stringify(answers.map(({ body }) => body)));
  };
  // While the program is under way.
  await expect.poll(() => existsSync(join(scratch, 'held.begun')), WITHIN).toBe(true);
  seen.push(commandLines());
  expect(seen.at(-1)).toContain('I know $TEST_TOKEN');
  await look();
  rmSync(join(scratch, 'held'));
  const { run, errors } = await bench.closed(handle);
  await look();
  const alerts = (): string => receiver.received.map(({ raw }) => raw).join();
  await expect.poll(alerts, WITHIN).toContain('no way with <redacted>');
  seen.push(alerts(), child.output());

  expect(run).toMatchObject({
    outcome: 'failed',
    failure: { code: 'no_way', message: /no way with <redacted>/ },
  });
  expect(errors.map(({ step, code }) => `${step} ${code}`)).toEqual([
    'complain#1 unclassified',
    'complain#1 refused',
    'complain#1 unclassified',
    'complain#1 unclassified',
    'complain#1 unclassified',
    'shout#1 exit_3',
    'spill#1 secret_told',
    'tangle#1 output_invalid',
    'hoard#1 secret_told',
    'give-up#1 no_way',
  ]);
  // It was looked where they would have been.
  expect(errors[0]?.message).toBe('refused <redacted>: as <redacted> is wrong');
  expect(errors.at(-1)?.details).toEqual({ header: '<redacted>', list: ['<redacted>'] });
  expect(child.output()).toContain('about to complain of <redacted>');
  expect(child.output()).toContain('I know <redacted>');
  for (const form of [TOKEN, FILED].flatMap(formsOf))
    for (const text of seen) expect(text).not.toContain(form);

  // The catalogue tells their names.
  const { body } = await gateway.get('/goals/confided');
  expect(JSON.stringify(body)).toContain('"secrets":["TEST_TOKEN","TEST_FILE_TOKEN"]');
});

test('a worker that lacks secrets does not start, and says of each how to give it', async () => {
  const { scratch, environment } = await given();
  const started = ChildWorker.start(folder, {
    ...environment,
    TEST_TOKEN: 'short',
    TEST_FILE_TOKEN_FILE: join(scratch, 'nowhere'),
  });
  await expect(started).rejects.toThrow(
    /TEST_TOKEN has less than 6 characters[\s\S]*needed by complain, shout[\s\S]*TEST_FILE_TOKEN cannot be read from the file in TEST_FILE_TOKEN_FILE: ENOENT/,
  );
});
