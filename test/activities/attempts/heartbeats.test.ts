import type { Context } from '@temporalio/activity';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Heartbeats } from '../../../activities/attempts/heartbeats.ts';
import { jobContext } from '../../../activities/attempts/job-context.ts';
import { artifactsTo } from '../../../goals/artifacts.ts';
import { emptyLedger, type Heartbeat, heartbeatSchema } from '../../../goals/wire/ledger.ts';

/** What the SDK, and what the server was told, in order. */
let sdk: Heartbeat[];
let server: Heartbeat[];
let answer: () => Promise<void>;

beforeEach(() => {
  vi.useFakeTimers();
  [sdk, server, answer] = [[], [], async () => undefined];
});
afterEach(() => vi.useRealTimers());

function heartbeats(carried?: Heartbeat): Heartbeats {
  const context = {
    info: { taskToken: new Uint8Array() },
    heartbeat: (envelope: Heartbeat) => sdk.push(envelope),
    client: {
      withDeadline: (_at: number, work: () => Promise<void>) => work(),
      activity: {
        heartbeat: (_token: Uint8Array, envelope: Heartbeat) => {
          server.push(envelope);
          return answer();
        },
      },
    },
  };
  return new Heartbeats(context as unknown as Context, pino({ level: 'silent' }), carried, () => ({
    ledger: emptyLedger(),
    told: false,
    halted: undefined,
    later: null,
  }));
}

function attempt(beats: Heartbeats, signal = new AbortController().signal) {
  const given = {
    ...{ attempt: 1, goal: 'g', run: 'g:1', step: 's#1', deadline: null, secrets: {} },
  };
  const log = pino({ level: 'silent' });
  const onDemand = {
    signal: () => signal,
    idempotencyKey: () => 'k',
    log: () => log,
    artifact: () => artifactsTo(() => undefined),
  };
  return jobContext(given, onDemand, performance.now() + 1000, beats);
}

// heartbeats.2
test('a million calls of `progress` make a heartbeat now, and one a little later', async () => {
  const { context } = attempt(heartbeats());
  for (let n = 1; n <= 1_000_000; n++) context.progress(n, 1_000_000);
  expect(sdk.map(({ progress }) => progress?.done)).toEqual([1]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(sdk.map(({ progress }) => progress?.done)).toEqual([1, 1_000_000]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, '7', undefined])('%s of anything is no progress', (done) => {
  attempt(heartbeats()).context.progress(done as number, 10);
  expect(sdk).toEqual([]);
});

test('an envelope whose progress is garbage still gives its ledger', () => {
  const told = { gk: 1, ledger: emptyLedger(), checkpoint: 7, progress: { done: null, total: 'x' } };
  const carried = heartbeatSchema.parse(told);
  expect(carried).toEqual({ gk: 1, ledger: emptyLedger(), checkpoint: 7 });
  expect(attempt(heartbeats(carried)).context.lastCheckpoint).toBe(7);
});

test('checkpoints that nobody awaits go together, and those that wait for the server are answered with them', async () => {
  const { context } = attempt(heartbeats());
  const answered: number[] = [];
  for (let n = 0; n < 1000; n++) void context.checkpoint({ n }).then(() => answered.push(n));
  await vi.advanceTimersByTimeAsync(50);
  expect(server.map(({ checkpoint }) => checkpoint)).toEqual([{ n: 999 }]);
  expect(answered).toHaveLength(1000);
  void context.checkpoint({ n: 1000 });
  void context.checkpoint({ n: 1001 });
  await vi.advanceTimersByTimeAsync(1000);
  expect(server.map(({ checkpoint }) => checkpoint)).toEqual([{ n: 999 }, { n: 1001 }]);
  // Told nothing, the SDK has nothing older to tell.
  expect(sdk).toEqual([]);
});

test('a checkpoint is what it was when it was given, and what JSON makes of it', async () => {
  const beats = heartbeats();
  const state: Record<string, unknown> = { at: new Date(0), none: undefined };
  void attempt(beats).context.checkpoint(state);
  state.at = 'changed since';
  await vi.advanceTimersByTimeAsync(1);
  expect(server.map(({ checkpoint }) => checkpoint)).toEqual([{ at: '1970-01-01T00:00:00.000Z' }]);
  expect(attempt(beats).context.lastCheckpoint).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  void attempt(beats).context.checkpoint(undefined);
  expect(attempt(beats).context.lastCheckpoint).toBeUndefined();
});

test.each([
  ['x'.repeat(16_385), 'has 16387 bytes; 16384 at most'],
  [() => 1, 'the checkpoint is a function, which JSON cannot carry'],
  [7n, 'the checkpoint is a bigint, which JSON cannot carry'],
  [{ rows: [{ price: Number.NaN }] }, 'rows[0].price is NaN, which JSON cannot carry'],
])('a checkpoint that cannot be kept is refused at once, awaited or not', (state, message) => {
  const { context } = attempt(heartbeats());
  expect(() => void context.checkpoint(state)).toThrow(message);
});

test('an awaited checkpoint waits for a server that cannot be reached, for as long as the attempt goes on', async () => {
  const stop = new AbortController();
  const { context, end } = attempt(heartbeats(), stop.signal);
  answer = () => Promise.reject(new Error('unreachable'));
  const kept = context.checkpoint({ n: 1 }).then(() => 'kept');
  await vi.advanceTimersByTimeAsync(5000);
  expect(server.length).toBeGreaterThan(3);
  answer = async () => undefined;
  await vi.advanceTimersByTimeAsync(1000);
  expect(await kept).toBe('kept');
  answer = () => Promise.reject(new Error('unreachable'));
  const lost = context.checkpoint({ n: 2 }).catch((error: Error) => error.message);
  await vi.advanceTimersByTimeAsync(1500);
  end();
  await vi.advanceTimersByTimeAsync(1000);
  expect(await lost).toContain('the attempt is over');
});

test('an attempt that was left behind tells nothing any more', async () => {
  const beats = heartbeats();
  const left = attempt(beats);
  left.context.progress(1);
  left.context.progress(2);
  left.end();
  left.context.progress(3);
  await expect(left.context.checkpoint({ n: 3 })).rejects.toThrow('the attempt is over');
  await vi.advanceTimersByTimeAsync(1000);
  expect([sdk.map(({ progress }) => progress?.done), server]).toEqual([[1], []]);
});

test('what the SDK was told a moment ago is on its way before the server is told directly, and it keeps nothing older back', async () => {
  const beats = heartbeats();
  beats.checkpoint = 1;
  beats.beat();
  beats.checkpoint = 2;
  const taken = beats.taken();
  await vi.advanceTimersByTimeAsync(400);
  expect([sdk.length, server.length]).toEqual([1, 0]);
  await vi.advanceTimersByTimeAsync(200);
  expect(await taken).toBe(true);
  expect([sdk.at(-1), server.at(-1)]).toMatchObject([{ checkpoint: 2 }, { checkpoint: 2 }]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await beats.taken()).toBe(true);
  expect(server).toHaveLength(2);
});

test('what begins an attempt goes to the server alone; what that does not take is left to the SDK', async () => {
  const beats = heartbeats();
  beats.begin();
  await vi.advanceTimersByTimeAsync(1);
  expect([sdk.length, server.length]).toEqual([0, 1]);
  answer = () => Promise.reject(new Error('unreachable'));
  expect(await beats.taken()).toBe(false);
  expect(sdk).toEqual([server.at(-1)]);
});

// heartbeats.1
test('direct heartbeats never overtake each other', async () => {
  const beats = heartbeats();
  const answers: (() => void)[] = [];
  answer = () => new Promise((resolve) => answers.push(resolve));
  const both = Promise.all([beats.taken(), beats.taken()]);
  await vi.advanceTimersByTimeAsync(1);
  expect(server).toHaveLength(1);
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(1);
  expect(server).toHaveLength(2);
  answers[1]?.();
  expect(await both).toEqual([true, true]);
});
