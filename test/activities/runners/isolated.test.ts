import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { classify, timedOut } from '../../../activities/attempts/classify.ts';
import type { JobContext } from '../../../activities/bind.ts';
import { type IsolationOptions, isolated } from '../../../activities/runners/isolated.ts';
import { artifactsTo } from '../../../goals/artifacts.ts';
import { AttemptFault } from '../../../goals/attempt-fault.ts';
import { DEFAULT_RETRY } from '../../../goals/policy.ts';
import type { Artifact } from '../../../goals/wire/artifacts.ts';

const acts = new URL('./acts.ts', import.meta.url);

interface Here {
  pid: number;
  threadId: number;
  nth: number;
}

/** An isolated job, and what its attempts told. */
class Bench {
  readonly lines: Record<string, unknown>[] = [];
  readonly artifacts: (Artifact | null)[] = [];
  readonly progress = vi.fn();
  readonly checkpoint = vi.fn((_state: unknown) => Promise.resolve());
  readonly stop = new AbortController();
  readonly #runner: ReturnType<typeof isolated>;

  constructor(options: IsolationOptions, module = acts) {
    this.#runner = isolated(module, options);
  }

  context(given: Partial<JobContext> = {}): JobContext {
    return {
      signal: this.stop.signal,
      attempt: 2,
      idempotencyKey: 'key/1',
      goal: 'g',
      run: 'g:1',
      step: 'act#1',
      deadline: new Date('2026-11-21T00:00:00Z'),
      remainingMs: 60_000,
      log: pino({}, { write: (line) => this.lines.push(JSON.parse(line)) }).child({ run: 'g:1' }),
      secrets: { TOKEN: 'hidden' },
      lastCheckpoint: { row: 3 },
      progress: this.progress,
      checkpoint: this.checkpoint,
      artifact: artifactsTo((artifact) => void this.artifacts.push(artifact)),
      ...given,
    };
  }

  /** As the wrapper does: a turn, then the attempt. */
  async act<T = Here>(act: string, given: Partial<JobContext> = {}): Promise<T> {
    const context = this.context(given);
    const end = await this.#runner.turn?.(context.signal);
    try {
      return (await this.#runner({ act }, context)) as T;
    } finally {
      end?.();
    }
  }

  /** The error that an act ends with, as it enters the ledger. */
  async error(act: string) {
    const thrown = await this.act(act).then(
      () => 'nothing was thrown',
      (error: unknown) => error,
    );
    const { stack, fingerprint: _, ...error } = classify(thrown, DEFAULT_RETRY);
    return { ...error, thrown, stack: stack ?? null };
  }

  /** The line that it logged. */
  line(msg: string): Record<string, unknown> | undefined {
    return this.lines.find((line) => line.msg === msg);
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const soon = { timeout: 60_000 };

describe.each(['process', 'thread'] as const)('a job isolated in a %s', (where) => {
  const fresh = (options: IsolationOptions = {}) =>
    new Bench({ in: where, memoryMb: 256, atOnce: 1, ...options });
  const bench = fresh();

  test('has an environment of its own: PATH, its secrets, and what its binding names', async () => {
    process.env.OF_THE_WORKER = 'not for jobs';
    const own = fresh({ env: { FEED: 'eu' } });
    const there = await own.act<Record<string, string>>('environment');
    expect(there).toMatchObject({ FEED: 'eu', TOKEN: 'hidden', PATH: process.env.PATH });
    expect(Object.keys(there).filter((name) => !/^(PATH|FEED|TOKEN|NODE_CHANNEL_\w+)$/.test(name))).toEqual(
      [],
    );
    expect(() => fresh({ env: { GOALKEEPER_X: '1' } })).toThrow('env may not set GOALKEEPER_X');
  });

  test('writes lines of its log, whichever way it writes', async () => {
    const own = fresh();
    await own.act('writes');
    await expect.poll(() => own.line('an error of console')).toMatchObject({ level: 50, run: 'g:1' });
    expect(own.line('by console 7')).toMatchObject({ level: 30, run: 'g:1' });
    expect(own.line('by stdout')).toMatchObject({ level: 30, run: 'g:1' });
    await expect.poll(() => own.line('by stderr')).toMatchObject({ level: 40, run: 'g:1' });
    if (where === 'thread') return;
    await own.act('writes-by-a-child');
    await expect.poll(() => own.line('by a child')).toMatchObject({ level: 30, run: 'g:1' });
  });

  test('cannot say that it is another run', async () => {
    const own = fresh();
    await own.act('forges');
    await expect
      .poll(() => own.line('forged'))
      .toMatchObject({ run: 'g:1', rows: 3, given: { run: 'other:victim', level: 60 } });
  });

  test('runs elsewhere, TypeScript and all, and is given the whole context', async () => {
    const there = await bench.act('where');
    expect(where === 'process' ? there.pid !== process.pid : there.threadId > 0).toBe(true);
    expect(await bench.act('context')).toEqual({
      told: {
        goal: 'g',
        run: 'g:1',
        step: 'act#1',
        attempt: 2,
        idempotencyKey: 'key/1',
        deadline: '2026-11-21T00:00:00.000Z',
        lastCheckpoint: { row: 3 },
      },
      secrets: ['TOKEN'],
      isSecretRight: true,
      hasTime: true,
    });
    expect(bench.checkpoint.mock.calls).toEqual([[{ row: 7 }]]);
    expect(bench.artifacts).toEqual([{ kind: 'table', name: 'counts', columns: ['n'], rows: [[1]] }]);
    expect(bench.progress).toHaveBeenLastCalledWith(1000, 1000, 'row 1000');
    expect(bench.progress.mock.calls.length).toBeLessThan(50);
    expect(bench.line('three rows')).toMatchObject({ level: 40, run: 'g:1', part: 'two', rows: 3 });
  });

  test('is used again when nothing of an attempt is left running', async () => {
    const { nth } = await bench.act('where');
    await bench.act('leaves-a-short-timer');
    expect((await bench.act('where')).nth).toBe(nth + 2);
    await bench.act('leaves-a-timer');
    expect((await bench.act('where')).nth).toBe(1);
  });

  test('has its errors with all that decides about a next attempt', async () => {
    const { thrown, ...error } = await bench.error('error');
    expect(error).toEqual({
      type: 'PermanentError',
      code: 'not_found',
      message: 'no such customer: connect refused',
      class: 'permanent',
      permanent: true,
      retryAfterMs: null,
      details: { id: 7 },
      stack: expect.stringContaining('acts.ts'),
    });
    expect((thrown as Error).cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(await bench.error('retry-after')).toMatchObject({
      type: 'Busy',
      code: 'busy',
      retryAfterMs: 7000,
      class: 'transient',
    });
    expect(await bench.error('type-error')).toMatchObject({ type: 'TypeError', class: 'code' });
    expect(await bench.error('text')).toMatchObject({ message: 'just a text', code: 'unclassified' });
    expect(await bench.error('dom')).toMatchObject({ type: 'AbortError', code: 'AbortError' });
    const huge = await bench.error('huge-error');
    expect(huge.message.length).toBeLessThan(100_000);
    expect(JSON.stringify(huge.details)).toMatch(/omitted/);
  });

  test('has what it cannot return refused there, before it costs the worker anything', async () => {
    // Not by its memory, which is another's affair.
    expect(await fresh({ memoryMb: 1024 }).error('huge-output')).toMatchObject({
      code: 'output_too_large',
      permanent: true,
    });
    expect(await bench.error('function-output')).toMatchObject({ code: 'output_invalid', class: 'data' });
    expect(await bench.error('instance-output')).toMatchObject({
      ...{ code: 'output_invalid', class: 'data' },
      message: 'the output is not right: found is an URLSearchParams, which JSON cannot carry',
    });
    expect(await bench.error('huge-checkpoint')).toMatchObject({
      code: 'checkpoint_invalid',
      message: 'the checkpoint has 20002 bytes; 16384 at most. Keep the data elsewhere, and here where it is',
    });
  });

  test('has its last checkpoint told before its error is', async () => {
    bench.checkpoint.mockClear();
    expect(await bench.error('checkpoint-then-fail')).toMatchObject({ message: 'failed' });
    expect(bench.checkpoint).toHaveBeenLastCalledWith({ n: 50 });
    expect(bench.checkpoint.mock.calls.length).toBeLessThan(10);
  });

  test('costs its attempt alone when it exits, or throws where nobody catches it', async () => {
    expect(await bench.error('exit')).toMatchObject({
      code: 'isolate_exited',
      class: 'code',
      permanent: false,
      message: expect.stringContaining('exit code 3'),
    });
    for (const act of ['rejects-unhandled', 'throws-in-a-timer'])
      expect(await bench.error(act)).toMatchObject({ code: 'forgotten', class: 'transient' });
    expect((await bench.act('where')).nth).toBe(1);
  });

  test('keeps a result that it gave before it threw; the isolate is discarded, so that no other attempt pays', async () => {
    const late = await bench.act('throws-late');
    const next = await bench.act('where');
    expect([late.nth > 0, next.nth]).toEqual([true, 1]);
    const looping = await bench.act('loops-late');
    expect(looping.nth).toBe(2);
    // Not before it is killed, which takes as long as it may take to settle.
    expect((await bench.act('where')).nth).toBe(1);
  });

  test('is discarded too when what nobody could see throws while it is idle', async () => {
    const idle = fresh();
    await idle.act('throws-late-unseen');
    const said = 'an isolated job threw after its attempt was over; its isolate is discarded';
    await expect.poll(() => idle.line(said), soon).toBeDefined();
    expect((await idle.act('where')).nth).toBe(1);
  });

  test('is killed some time after a timeout when it does not stop, though it never gives way', async () => {
    const timeout = new AbortController();
    const ended = bench.act('busy', { signal: timeout.signal }).catch((error: unknown) => error);
    await expect.poll(() => bench.line('busy'), soon).toBeDefined();
    timeout.abort(timedOut(1000));
    expect(await ended).toBeInstanceOf(AttemptFault);
    if (where === 'process')
      await expect
        .poll(() => isAlive((bench.line('busy') as unknown as { given: Here }).given.pid), soon)
        .toBe(false);
  });

  test('is told to stop with the reason, and may still keep a checkpoint', async () => {
    const cancelled = new AbortController();
    const ended = bench.act('obedient', { signal: cancelled.signal }).catch((error: unknown) => error);
    await expect.poll(() => bench.line('waiting'), soon).toBeDefined();
    cancelled.abort(Object.assign(new Error('WORKER_SHUTDOWN'), { name: 'CancelledFailure' }));
    expect(await ended).toMatchObject({ name: 'CancelledFailure', message: 'WORKER_SHUTDOWN' });
    expect(bench.checkpoint).toHaveBeenLastCalledWith({ cleaned: true });
    await bench.act('where');
  });

  test('that leaks costs its attempt alone', async () => {
    expect(await fresh({ memoryMb: 128 }).error('leaks-heap')).toMatchObject({
      code: 'out_of_memory',
      class: 'code',
      message: 'it took more than 128 MB of memory',
      permanent: false,
    });
  });

  test('that floods the log is cut short, and says so', async () => {
    const flooding = fresh();
    await flooding.act('floods-the-log');
    expect(flooding.lines.length).toBeLessThan(20_000);
    expect(flooding.lines.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^\d+ lines of the log were left out/),
    );
  });

  test('waits for its turn where only so many run at once, and leaves the queue when told to stop', async () => {
    const narrow = fresh();
    const first = new AbortController();
    const second = new AbortController();
    const busy = narrow.act('busy', { signal: first.signal }).catch((error: unknown) => error);
    await expect.poll(() => narrow.line('busy'), soon).toBeDefined();
    const order: string[] = [];
    const waiting = [second.signal, narrow.stop.signal].map((signal, i) =>
      narrow.act('where', { signal }).then(
        () => order.push(`${i} ran`),
        (error: Error) => order.push(`${i} ${error.message}`),
      ),
    );
    second.abort(new Error('gave up'));
    await waiting[0];
    expect(order).toEqual(['0 gave up']);
    first.abort(timedOut(1));
    await Promise.all([busy, ...waiting]);
    expect(order).toEqual(['0 gave up', '1 ran']);
  });

  test('tells of a module that cannot be loaded, or has no job', async () => {
    const broken = new Bench({ in: where }, new URL('./broken.ts', import.meta.url));
    expect(await broken.error('any')).toMatchObject({
      code: 'isolate_unloadable',
      permanent: true,
      message: 'the module of the isolated job cannot be loaded: no licence',
    });
    const without = new Bench({ in: where }, new URL('./without-run.ts', import.meta.url));
    expect((await without.error('any')).message).toContain('it does not export a function `run`');
  });
});

describe('a job isolated in a process', () => {
  const bench = new Bench({ memoryMb: 256, atOnce: 1 });

  test('costs its attempt alone when native code aborts, or somebody kills it', async () => {
    expect(await bench.error('abort-process')).toMatchObject({
      code: 'isolate_exited',
      message: expect.stringContaining('SIGABRT'),
    });
    expect(await bench.error('killed')).toMatchObject({
      code: 'isolate_killed',
      class: 'infrastructure',
      message: expect.stringContaining('SIGKILL'),
    });
  });

  test.each(['leaks-buffers', 'leaks-heap-at-once'])('%s: that too costs its attempt alone', async (act) => {
    expect(await bench.error(act)).toMatchObject({ code: 'out_of_memory' });
  });

  test('takes along what it started when it is ended', async () => {
    await bench.act('leaves-a-child');
    const child = bench.line('child')?.child as number;
    await bench.error('exit');
    await expect.poll(() => isAlive(child), soon).toBe(false);
  });
});

describe('isolated', () => {
  test('refuses at once what cannot be', async () => {
    expect(() => isolated(new URL('./nowhere.ts', import.meta.url))).toThrow('there is no such file');
    expect(() => isolated(new URL('https://example.com/job.js'))).toThrow('there is no such file');
    expect(() => isolated('./acts.ts' as never)).toThrow('there is no such file');
    expect(() => isolated(acts, { in: 'fibre' as never })).toThrow("give 'process' or 'thread'");
    expect(() => isolated(acts, { memoryMb: 64 })).toThrow('from 128');
    expect(() => isolated(acts, { atOnce: 0 })).toThrow('from 1');
  });

  test('runs plain JavaScript as well', async () => {
    const path = join(fileURLToPath(new URL('.', import.meta.url)), `plain-${process.pid}.mjs`);
    await writeFile(path, 'export const run = ({ act }) => act.length;\n');
    try {
      const bench = new Bench({ in: 'thread' }, new URL(`file://${path}`));
      expect(await bench.act<number>('four')).toBe(4);
    } finally {
      await rm(path);
    }
  });
});
