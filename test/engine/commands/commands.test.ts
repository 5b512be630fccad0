// Programs as jobs, by a real engine: their errors in the ledger, their ends with the worker's.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChildWorker } from '../child-worker.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { byProgram } from './goals.ts';
import { jobs } from './jobs.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'commands-'));
const SLOWLY = { timeout: 60_000 };
const SECRET = 'the-secret-of-the-program';
let child: ChildWorker | undefined;
let bench: Workbench;
let alone: Workbench;

beforeAll(async () => {
  process.env.PROGRAM_TOKEN = SECRET;
  [bench, alone] = await Promise.all([Workbench.open(), Workbench.open()]);
  await bench.worker(`${folder}goals.ts`, goals, jobs);
});
afterAll(() => Promise.all([child?.end('SIGKILL'), bench.close(), alone.close()]));

/** A worker of its own on the queue of `alone`: the one that runs, or a new one. */
async function childWorker(): Promise<ChildWorker> {
  if (child?.isRunning) return child;
  child = await ChildWorker.start(folder, {
    GOALKEEPER_TASK_QUEUE: alone.taskQueue,
    PROGRAM_TOKEN: SECRET,
    LOG_LEVEL: 'info',
  });
  return child;
}

interface Note {
  attempt: number;
  pid: number;
  what: string;
  at: number;
}

/** What the programs noted of themselves. */
function notes(file: string): Note[] {
  const lines = ((): string[] => {
    try {
      return readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
    } catch {
      return [];
    }
  })();
  return lines.map((line) => {
    const [attempt, pid, what, at] = line.split(' ');
    return { attempt: Number(attempt), pid: Number(pid), what: what as string, at: Number(at) };
  });
}

function alive(file: string): number[] {
  return notes(file)
    .map(({ pid }) => pid)
    .filter((pid) => {
      try {
        process.kill(pid, 0);
        return !(process.platform === 'linux' && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')));
      } catch {
        return false;
      }
    });
}

const input = (...acts: string[]) => ({ key: fresh('k'), acts, file: join(scratch, fresh('f')) });

test('errors that a program tells are in the ledger as it told them; the next attempt goes on from its checkpoint', async () => {
  const given = input('transient', 'throw', 'ok');
  const { run, errors } = await bench.pursue(byProgram, given);
  expect(run).toMatchObject({
    outcome: 'achieved',
    output: { attempt: 3, from: { row: 1 }, key: expect.stringMatching(/^by-program:.*\/act-in-python#1\//) },
    errors: { recovered: 2 },
  });
  expect(errors.map(({ type, code, class: kind, message }) => [type, code, kind, message])).toEqual([
    ['JobError', 'feed_down', 'transient', 'the feed is down: <redacted>'],
    ['ValueError', 'unclassified', 'transient', 'something odd'],
  ]);
});

test.each([
  ['permanent', 'no_customer', 'no such customer'],
  ['exit', 'exit_77', 'python3 ended with exit code 77 (permission denied): about to give up'],
])('an error that no retry heals (%s) ends the run with its code', async (act, code, message) => {
  const { run, errors } = await bench.pursue(byProgram, input(act));
  expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'job', code } });
  expect(errors[0]).toMatchObject({ code, message, disposition: 'fatal' });
  expect(errors).toHaveLength(1);
});

test('a deaf program that times out is killed with its child, before the next attempt begins', async () => {
  const given = { ...input('deaf', 'ok'), timeout: 1500 };
  const { run, errors } = await bench.pursue(byProgram, given);
  expect(run).toMatchObject({ outcome: 'achieved', output: { attempt: 2 } });
  expect(errors.map(({ code }) => code)).toEqual(['timeout']);
  expect(alive(given.file)).toEqual([]);
  const [first, second] = notes(given.file).filter(({ what }) => what === 'begins');
  // The timeout and the grace lie between them.
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(2);
});

test('a program tells its progress while it works, and a cancelled run leaves nothing of it', async () => {
  const given = input('hang');
  const handle = await bench.start(byProgram, given);
  await expect
    .poll(async () => {
      const { pendingActivities } = (await handle.describe()).raw;
      const beat = pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
      return beat ? JSON.parse(Buffer.from(beat).toString()).progress : null;
    }, SLOWLY)
    .toMatchObject({ done: 1, total: 3, note: 'hanging' });
  expect(alive(given.file)).toHaveLength(2);
  await handle.cancel();
  expect((await bench.closed(handle)).run).toMatchObject({ outcome: 'cancelled' });
  await expect.poll(() => alive(given.file), SLOWLY).toEqual([]);
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a worker that gets %s takes its deaf program and its child with it; another worker goes on',
  { timeout: 120_000 },
  async (signal) => {
    const given = input('deaf', 'ok');
    const first = await childWorker();
    const handle = await alone.start(byProgram, given);
    await expect.poll(() => alive(given.file), SLOWLY).toHaveLength(2);
    expect(await first.end(signal)).toBe(signal === 'SIGTERM' ? 0 : null);
    await expect.poll(() => alive(given.file), SLOWLY).toEqual([]);
    const second = await childWorker();
    const { run, errors } = await alone.closed(handle);
    expect(run).toMatchObject({ outcome: 'achieved', output: { attempt: 2 } });
    expect(errors.map(({ code }) => code)).toEqual([signal === 'SIGTERM' ? 'worker_stopped' : 'worker_lost']);
    expect(second.output() + first.output()).not.toContain(SECRET);
  },
);
