import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { GoalDeclaration } from '../../goals/index.ts';
import { foreignGoal, goal, job, permanent, pool, StepFailed } from '../../goals/index.ts';
import { fake, type SimulateOptions, simulate } from '../../testing/index.ts';

const load = job({
  name: 'load',
  input: z.object({ day: z.string() }),
  output: z.object({ rows: z.number() }),
  timeout: '1m',
  retry: { attempts: 4, delay: '10s', jitter: 0, backoff: 2 },
});
const send = job({ name: 'send', input: z.object({ rows: z.number() }), output: z.null() });
const double = job({ name: 'double', input: z.number(), output: z.number(), quick: true });
const drop = job({ name: 'drop', input: z.string(), output: z.null() });

const jobs = [load, send, double, drop] as const;
type Jobs = (typeof jobs)[number];
type Pursue = GoalDeclaration<z.ZodObject<{ day: z.ZodString }>, z.ZodNumber, Jobs, never, 'day'>['pursue'];

const made = (
  pursue: Pursue,
  more: Partial<GoalDeclaration<z.ZodObject<{ day: z.ZodString }>, z.ZodNumber, Jobs, never, 'day'>> = {},
) =>
  goal({
    ...{ name: 'day-loaded', outcome: 'The day is loaded', owner: 'ada', team: 'shop', key: ['day'] },
    ...{ input: z.object({ day: z.string() }), output: z.number() },
    jobs,
    criteria: { 'some rows': (rows) => rows > 0 || `${rows} rows` },
    pursue,
    ...more,
  });

const rows = [fake(load, { rows: 9 }), fake(send, null), fake(double, (n) => 2 * n), fake(drop, null)];

const go = (pursue: Pursue, options: SimulateOptions = {}, more: Parameters<typeof made>[1] = {}) =>
  simulate(made(pursue, more), { input: { day: 'monday' }, jobs: rows, ...options });

describe('a run is what it would be in the engine', () => {
  test('retries heal, by the delays of the policy', async () => {
    const attempts: number[] = [];
    const loading = fake(load, (_, { attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('503');
      return { rows: 9 };
    });
    const run = await go(async ({ day }, { run }) => (await run(load, { day })).rows, { jobs: [loading] });
    expect(run).toMatchObject({
      ...{ id: 'day-loaded:monday', outcome: 'achieved', output: 9, tookMs: 30_000 },
      errors: { recovered: 2 },
      criteria: [{ name: 'some rows', met: true }],
      steps: [{ path: 'load#1', state: 'succeeded', attempts: 3 }],
      ledger: [
        { attempt: 1, message: '503', disposition: 'recovered' },
        { attempt: 2, at: '2026-01-01T00:00:10.000Z' },
      ],
    });
    // The second walk calls no fake.
    expect(attempts).toEqual([1, 2, 3]);
  });

  test('an error that no retry heals ends it, and is named', async () => {
    const failing = fake(load, () => {
      throw permanent('no such day', { code: 'not_found' });
    });
    const run = await go(async ({ day }, { run }) => (await run(load, { day })).rows, { jobs: [failing] });
    expect(run).toMatchObject({
      ...{ outcome: 'failed', output: null, errors: { fatal: 1 } },
      failure: {
        kind: 'job',
        code: 'not_found',
        path: ['load#1'],
        cause: { attempt: 1, class: 'permanent' },
      },
    });
  });

  test('a criterion that is not met ends it', async () => {
    expect(await go(async () => 0)).toMatchObject({
      failure: { kind: 'criteria', message: 'not met: some rows: 0 rows' },
    });
  });

  test("an attempt that hangs is a timeout, and time is none of the test's", async () => {
    const signals: AbortSignal[] = [];
    const hanging = fake(load, (_, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const run = await go(async ({ day }, { run }) => (await run(load, { day })).rows, { jobs: [hanging] });
    expect(run).toMatchObject({ failure: { kind: 'job', code: 'timeout' }, errors: { fatal: 4 } });
    expect(run.tookMs).toBe(4 * 61_000 + 70_000);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  test('the deadline is told with the error that was being retried', async () => {
    const failing = fake(load, () => {
      throw new Error('503');
    });
    const run = await go(
      async ({ day }, { run, sleep }) => {
        await run(load, { day }).catch(() => undefined);
        await sleep('1d');
        return 1;
      },
      { jobs: [failing] },
      { deadline: '2h' },
    );
    expect(run).toMatchObject({
      ...{ outcome: 'failed', tookMs: 2 * 3_600_000 },
      failure: { kind: 'deadline', code: 'deadline_passed', path: ['sleep#1'], cause: null },
      errors: { handled: 4 },
    });
  });

  test('persons decide after a while, reject, or decide nothing until it expires', async () => {
    const pursue: Pursue = async (_, { approve, ask }) => {
      await approve('sign-off', { show: { rows: 9 } });
      return ask('how-many', z.number().max(5));
    };
    const decide = { 'sign-off': { by: 'ben', after: '3h' }, 'how-many': { data: 5 } } as const;
    expect(await go(pursue, { decide })).toMatchObject({ output: 5, tookMs: 3 * 3_600_000 });
    expect(await go(pursue, { decide: { 'sign-off': { decision: 'reject', by: 'ben' } } })).toMatchObject({
      failure: { kind: 'rejected', message: 'sign-off#1 was rejected by ben' },
    });
    const expires = { after: '1h', consequence: 'reject' } as const;
    const run = await go(async (_, { approve }) => {
      await approve('sign-off', { expires });
      return 1;
    });
    expect(run).toMatchObject({ failure: { code: 'approval_expired' }, tookMs: 3_600_000 });
  });

  test('a map copes with as many lost items as it tolerates', async () => {
    const some = fake(double, (n) => {
      if (n % 3 === 0) throw permanent('three', { code: 'three' });
      return 2 * n;
    });
    const items = Array.from({ length: 30 }, (_, i) => i + 1);
    const run = await go(
      async (_, { map }) => (await map(items, double, { tolerate: { share: 0.5 } })).lost.length,
      { jobs: [some] },
    );
    expect(run).toMatchObject({
      output: 10,
      steps: [{ path: 'map#1', state: 'succeeded', map: { total: 30, done: 20, lost: 10 } }],
    });
    const strict = await go(async (_, { map }) => (await map(items, double)).length, { jobs: [some] });
    expect(strict).toMatchObject({ failure: { code: 'three', path: ['map#1/double#3'] } });
  });

  test('what it holds is torn down when it closes, and when it is released', async () => {
    const dropped: string[] = [];
    const dropping = fake(drop, (name) => {
      dropped.push(name);
      return null;
    });
    const run = await go(
      async (_, { cleanup }) => {
        const lease = await cleanup(drop, 'a');
        await cleanup(drop, 'b');
        await lease.release();
        throw new Error('no');
      },
      { jobs: [dropping] },
    );
    expect(dropped).toEqual(['a', 'b']);
    expect(run.leases).toMatchObject([
      { state: 'cleaned', why: 'released' },
      { state: 'cleaned', why: 'closed' },
    ]);
    expect(run).toMatchObject({ failure: { code: 'pursue_threw' } });
  });

  test('needed goals are pursued, or given', async () => {
    const needed = made(async ({ day }, { run }) => (await run(load, { day })).rows);
    const rates = foreignGoal({ name: 'rates', input: z.object({}), output: z.number() });
    const both = goal({
      ...{ name: 'both', outcome: 'Both are there', owner: 'ada', team: 'shop', key: [] },
      ...{ input: z.object({}), output: z.number(), criteria: { any: () => true } },
      needs: [needed, rates],
      pursue: async (_, { achieve }) => {
        const day = await achieve(needed, { day: 'monday' });
        return day * (await achieve(rates, {}));
      },
    });
    const goals = { rates: { output: 2 } };
    expect(await simulate(both, { input: {}, jobs: rows, goals })).toMatchObject({ output: 18 });
    const failing = fake(load, () => {
      throw permanent('gone', { code: 'gone' });
    });
    expect(await simulate(both, { input: {}, jobs: [failing], goals })).toMatchObject({
      failure: { kind: 'dependency', code: 'gone', path: ['day-loaded#1', 'load#1'] },
    });
    const failed = { rates: { failed: { code: 'closed', message: 'no rates' } } };
    expect(await simulate(both, { input: {}, jobs: rows, goals: failed })).toMatchObject({
      failure: { kind: 'dependency', code: 'closed', path: ['rates#1'] },
    });
    await expect(simulate(both, { input: {}, jobs: rows })).rejects.toMatchObject({ code: 'goal_unbound' });
    const each = goal({
      ...{ name: 'each', outcome: 'Each is there', owner: 'ada', team: 'shop', key: [] },
      ...{ input: z.object({}), output: z.string(), criteria: { any: () => true } },
      needs: [rates],
      pursue: async (_, { achieveEach }) => {
        const { results, lost } = await achieveEach(rates, [{}, {}, {}], { tolerate: { count: 1 } });
        return [...results.map((one) => one ?? 'none'), ...lost.map(({ code }) => code)].join(' ');
      },
    });
    let asked = 0;
    const second = () => (++asked === 2 ? { failed: { code: 'closed' } } : { output: asked });
    const some = await simulate(each, { input: {}, goals: { rates: second } });
    expect(some).toMatchObject({ outcome: 'achieved', output: '1 none 3 closed' });
    expect(some.steps[0]).toMatchObject({ path: 'map#1', map: { total: 3, done: 2, lost: 1 } });
  });

  test('a quick call that takes more than a second among others begins again alone', async () => {
    const begun: number[] = [];
    const slow = fake(double, async (n) => {
      begun.push(n);
      if (n === 2) await new Promise((resolve) => setTimeout(resolve, 3000));
      return 2 * n;
    });
    const run = await go(
      async (_, { run }) => (await Promise.all([1, 2, 3].map((n) => run(double, n)))).length,
      { jobs: [slow] },
    );
    expect(run).toMatchObject({ outcome: 'achieved', errors: { recovered: 0 } });
    expect(begun).toEqual([1, 2, 3, 2]);
  });

  test('a pool lets so many through at once', async () => {
    const one = job({
      name: 'one',
      input: z.number(),
      output: z.number(),
      pool: pool({ name: 'p', atOnce: 1 }),
    });
    let [now, most] = [0, 0];
    const holding = fake(one, async (n) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      now--;
      return n;
    });
    const all = goal({
      ...{ name: 'all', outcome: 'All', owner: 'ada', team: 'shop', key: [], jobs: [one] },
      ...{ input: z.object({}), output: z.number(), criteria: { any: () => true } },
      pursue: async (_, { run }) => (await Promise.all([1, 2, 3].map((n) => run(one, n)))).length,
    });
    const run = await simulate(all, { input: {}, jobs: [holding] });
    expect([run.outcome, run.tookMs, most]).toEqual(['achieved', 3000, 1]);
  });

  test('its owner would be told once that it struggles', async () => {
    const failing = fake(load, (_, { attempt }) => {
      if (attempt < 4) throw new Error('503');
      return { rows: 1 };
    });
    const patient = {
      ...load.declared,
      retry: { attempts: 9, delay: '10m' },
      persists: { attempts: 2 },
    } as const;
    const slow = job(patient);
    const run = await simulate(
      goal({
        ...{ name: 'slow', outcome: 'All', owner: 'ada', team: 'shop', key: [], jobs: [slow] },
        ...{ input: z.object({}), output: z.number(), criteria: { any: () => true } },
        pursue: async (_, { run }) => (await run(slow, { day: 'monday' })).rows,
      }),
      { input: {}, jobs: [{ ...failing, job: slow }] },
    );
    expect(run.notices).toMatchObject([{ kind: 'struggling', step: 'load#1' }]);
  });

  test('its owner would be told that it is at risk: at once by an attempt too far ahead, or when time has run out', async () => {
    const failing = fake(load, () => {
      throw new Error('503');
    });
    const told = async (delay: '90m' | '10m') => {
      const waits = job({ ...load.declared, retry: { attempts: 9, delay, backoff: 1, jitter: 0 } });
      const risky = goal({
        ...{ name: 'risky', outcome: 'All', owner: 'ada', team: 'shop', key: [], jobs: [waits] },
        ...{ input: z.object({}), output: z.number(), criteria: { any: () => true } },
        ...{ deadline: '2h', usual: '1h' },
        pursue: async (_, { run }) => (await run(waits, { day: 'monday' })).rows,
      });
      const { notices } = await simulate(risky, { input: {}, jobs: [{ ...failing, job: waits }] });
      return notices.map(({ kind, at }) => `${at.slice(11, 16)} ${kind}`);
    };
    expect(await told('90m')).toEqual(['00:00 at-risk']);
    // It can lose an hour of its two.
    expect(await told('10m')).toEqual(['00:00 struggling', '01:00 at-risk']);
  });

  test('a time of day is on the day of the scheduled time, and is told to its owner and ends it as in the engine', async () => {
    const sleeping: Pursue = async (_, { sleep }) => {
      await sleep('1d');
      return 1;
    };
    const seven = { at: '07:00', timezone: 'Europe/Paris', of: 'day' as const };
    const times = { deadline: seven, expected: { ...seven, at: '06:30' } };
    const [scheduled, at] = ['2026-03-29T03:30:00Z', '2026-03-29T03:31:00Z'];
    // The morning on which the clocks have been put forward.
    expect(await go(sleeping, { at, scheduled }, times)).toMatchObject({
      ...{ outcome: 'failed', deadline: '2026-03-29T05:00:00.000Z', closedAt: '2026-03-29T05:00:00.000Z' },
      failure: {
        message:
          'the deadline of 07:00 in Europe/Paris (2026-03-29T05:00:00.000Z) passed while sleep#1 was under way for 1.5 h',
      },
      notices: [{ kind: 'late', at: '2026-03-29T04:30:00.000Z' }],
    });
    // A catch-up that comes too late.
    expect(await go(sleeping, { at: '2026-03-29T09:00:00Z', scheduled }, times)).toMatchObject({
      ...{ outcome: 'failed', tookMs: 0, failure: { code: 'deadline_passed', path: [] }, steps: [] },
    });
    expect(await go(sleeping, { at }, { deadline: { ...seven, plusDays: 2 } })).toMatchObject({
      ...{ outcome: 'achieved', deadline: '2026-03-31T05:00:00.000Z' },
    });
  });

  test('it is cancelled after a while, or when a fake says so', async () => {
    const cancel = { after: '30m' } as const;
    const sleeping: Pursue = async (_, { sleep }) => {
      await sleep('1h');
      return 1;
    };
    expect(await go(sleeping, { cancel })).toMatchObject({
      ...{ outcome: 'cancelled', tookMs: 1_800_000 },
      steps: [{ state: 'cancelled' }],
    });
    const controller = new AbortController();
    const cancelling = fake(load, (_, { signal }) => {
      controller.abort();
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    const run = await go(async ({ day }, { run }) => (await run(load, { day })).rows, {
      jobs: [cancelling],
      cancel: controller.signal,
    });
    expect(run).toMatchObject({ outcome: 'cancelled', steps: [{ state: 'cancelled', attempts: 1 }] });
  });

  test('what a goal catches is handled', async () => {
    const failing = fake(load, () => {
      throw permanent('gone', { code: 'gone' });
    });
    const run = await go(
      async ({ day }, { run }) => {
        try {
          return (await run(load, { day })).rows;
        } catch (error) {
          return error instanceof StepFailed && error.code === 'gone' ? 1 : 0;
        }
      },
      { jobs: [failing] },
    );
    expect(run).toMatchObject({ outcome: 'achieved', errors: { handled: 1 } });
  });
});

describe('a test that is wrong fails, and never hangs', () => {
  test('a job without a fake is named', async () => {
    const run = go(async ({ day }, { run }) => (await run(load, { day })).rows, { jobs: [] });
    await expect(run).rejects.toMatchObject({
      code: 'job_unbound',
      message: expect.stringContaining("'load'"),
    });
  });

  test('a pursue that waits for what never comes is stuck, and says what waits', async () => {
    await expect(go(() => new Promise(() => undefined))).rejects.toMatchObject({ code: 'stuck' });
    const asking = go(async (_, { approve }) => {
      await approve('sign-off');
      return 1;
    });
    await expect(asking).rejects.toMatchObject({ message: expect.stringContaining('sign-off#1') });
  });

  test('a run that never ends is noticed', async () => {
    const run = go(async (_, { sleep }) => {
      for (;;) await sleep('1h');
    });
    await expect(run).rejects.toMatchObject({ code: 'endless' });
  }, 60_000);

  test.each([
    ['what a module keeps', () => ++kept],
    ['chance', () => Math.floor(Math.random() * 1e6)],
    ['the clock', () => Date.now()],
    ['a clock that nothing makes virtual', () => Number(process.hrtime.bigint() % 1_000_000n)],
  ])('a goal that goes by %s is not deterministic', async (_what, differs) => {
    const run = go(async (_, { run }) => {
      await run(double, 1);
      await run(double, differs());
      return 1;
    });
    await expect(run).rejects.toMatchObject({
      code: 'nondeterministic',
      message: expect.stringMatching(/step 2 was double#2 of day-loaded:monday with \d+, and then double#2/),
    });
  });
  let kept = 0;

  test('a decision that does not fit is refused', async () => {
    const run = go(async (_, { ask }) => ask('n', z.number()), { decide: { n: { data: 'no' } } });
    await expect(run).rejects.toMatchObject({ code: 'options_invalid' });
  });
});

describe('the clock inside is virtual, and the test keeps its own', () => {
  test('Date, timers and chance of fakes and of pursue', async () => {
    const seen: unknown[] = [];
    const looking = fake(load, async () => {
      const before = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 5000));
      seen.push(new Date().toISOString(), performance.now() - before, new Date() instanceof Date);
      return { rows: 1 };
    });
    const real = Date.now();
    const run = await go(
      async ({ day }, { run, sleep }) => {
        await sleep('1h');
        return (await run(load, { day })).rows;
      },
      { at: '2026-11-21T05:00:00Z', jobs: [looking] },
    );
    expect(seen).toEqual(['2026-11-21T06:00:05.000Z', 5000, true]);
    expect(run.tookMs).toBe(3_605_000);
    expect(Math.abs(Date.now() - real)).toBeLessThan(60_000);
  });

  test('a hundred at once do not share their clocks', async () => {
    const runs = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        go(
          async (_, { sleep }) => {
            await sleep(i * 1000 + 1);
            return 1;
          },
          { at: new Date(i * 86_400_000) },
        ),
      ),
    );
    expect(runs.map(({ tookMs }) => tookMs)).toEqual(runs.map((_, i) => i * 1000 + 1));
  });

  test('beside the fake timers of a test runner', async () => {
    const { setInterval, clearTimeout } = globalThis;
    vi.useFakeTimers({ now: 0 });
    try {
      const run = await go(async (_, { sleep }) => {
        await sleep('1h');
        return new Date().getUTCFullYear();
      });
      expect(run.output).toBe(2026);
      expect(Date.now()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
    expect(new Date().getUTCFullYear()).toBeGreaterThan(2020);
    expect(globalThis).toMatchObject({ setInterval, clearTimeout });
  });
});

test('two people approve, one after the other; the same one twice is a mistake of the test', async () => {
  const paid = goal({
    ...{ name: 'paid', outcome: 'It is paid', owner: 'ada', team: 'shop', key: ['key'] },
    input: z.object({ key: z.string() }),
    output: z.object({ by: z.string().nullable() }),
    criteria: { paid: () => true },
    pursue: async (_, { approve }) => ({ by: (await approve('sign-off', { count: 2 })).by }),
  });
  const by = (...names: string[]) => ({
    decide: { 'sign-off': names.map((name) => ({ by: name, after: '1h' as const })) },
  });
  const run = await simulate(paid, { input: { key: 'a' }, ...by('ben', 'cai') });
  expect(run).toMatchObject({ outcome: 'achieved', output: { by: 'cai' }, tookMs: 7_200_000 });
  await expect(simulate(paid, { input: { key: 'a' }, ...by('ben', 'ben') })).rejects.toMatchObject({
    code: 'options_invalid',
  });
});
