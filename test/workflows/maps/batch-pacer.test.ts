import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AnsweredBatch,
  BATCH_MS,
  BatchPacer,
  MOST_ITEMS,
  type PacedJob,
  SLOW_MS,
} from '../../../workflows/maps/batch-pacer.ts';

type Happening = { alone: number } | AnsweredBatch | 'begun' | 'unanswered';

const batch: fc.Arbitrary<AnsweredBatch> = fc
  .record({
    items: fc.integer({ min: 1, max: MOST_ITEMS }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    each: fc.double({ min: 0, max: 5000, noNaN: true }),
    cut: fc.integer({ min: 0, max: 3 }),
    failed: fc.integer({ min: 0, max: 200 }),
  })
  .map(({ items, share, each, cut, failed }) => {
    const begun = Math.floor(items * share);
    return { items, begun, ms: begun * each, cut: Math.min(cut, begun), failed: Math.min(failed, begun) };
  });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  batch,
  fc.record({ alone: fc.integer({ min: 0, max: 20_000 }) }),
  fc.constantFrom('begun' as const, 'unanswered' as const),
);
const job = fc.record({ isSingle: fc.boolean(), isQuick: fc.boolean() });
const atOnce = fc.integer({ min: 1, max: 2000 });
const left = fc.integer({ min: 0, max: 100_000 });
const steady = { isSingle: false, isQuick: true };

const pacerOf = (job: PacedJob, atOnce: number): BatchPacer => new BatchPacer(job, atOnce, () => true);

function happened(pacer: BatchPacer, all: readonly Happening[]): BatchPacer {
  for (const one of all)
    if (one === 'begun') pacer.begunAlone();
    else if (one === 'unanswered') pacer.unanswered();
    else if ('alone' in one) pacer.answeredAlone(one.alone);
    else pacer.answered(one);
  return pacer;
}

/** A full batch of items that took so long each, one lane beside the other. */
const full = (pacer: BatchPacer, each: number): AnsweredBatch => {
  const items = pacer.next(100_000);
  return { items, begun: items, ms: items * each, cut: 0, failed: 0 };
};

describe('the size of the next batch', () => {
  test('keeps its bounds, and those of the lanes', () => {
    fc.assert(
      fc.property(job, atOnce, fc.array(happening), left, (job, atOnce, all, left) => {
        const pacer = happened(pacerOf(job, atOnce), all);
        const size = pacer.next(left);
        expect(Number.isInteger(size) && size >= 1 && size <= MOST_ITEMS).toBe(true);
        if (job.isSingle) expect(size).toBe(1);
        expect(pacer.lane * pacer.lanes).toBeGreaterThanOrEqual(atOnce);
        expect(pacer.lane * (pacer.lanes - 1)).toBeLessThan(atOnce);
      }),
    );
  });

  test('follows from the answers and their order alone', () => {
    fc.assert(
      fc.property(job, atOnce, fc.array(happening), left, (job, atOnce, all, left) => {
        const [one, other] = [pacerOf(job, atOnce), pacerOf(job, atOnce)];
        for (const happening of all) {
          happened(one, [happening]);
          happened(other, [happening]);
          expect(one.next(left)).toBe(other.next(left));
          // Asking changes nothing.
          expect(one.next(left)).toBe(other.next(left));
        }
      }),
    );
  });

  test('does not shrink where more items are left', () => {
    fc.assert(
      fc.property(job, atOnce, fc.array(happening), left, left, (job, atOnce, all, a, b) => {
        const pacer = happened(pacerOf(job, atOnce), all);
        expect(pacer.next(Math.max(a, b))).toBeGreaterThanOrEqual(pacer.next(Math.min(a, b)));
      }),
    );
  });

  test('does not grow where the last batch took longer, or more of it failed', () => {
    fc.assert(
      fc.property(
        ...([atOnce, fc.array(happening), batch, left] as const),
        fc.double({ min: 1, max: 20, noNaN: true }),
        fc.integer({ min: 0, max: 500 }),
        (atOnce, all, last, left, slower, more) => {
          const better = happened(pacerOf(steady, atOnce), [...all, last]);
          const failed = Math.min(last.begun, last.failed + more);
          const worse = happened(pacerOf(steady, atOnce), [
            ...all,
            { ...last, ms: last.ms * slower, failed },
          ]);
          // Where few failed a large batch may be followed by one twice as large; where many did, by twenty items.
          if (last.items >= 20 || failed === last.failed)
            expect(worse.next(left)).toBeLessThanOrEqual(better.next(left));
        },
      ),
    );
  });

  test('is no more than twice that of the largest batch before it', () => {
    fc.assert(
      fc.property(
        atOnce,
        fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { maxLength: 30 }),
        (atOnce, times) => {
          const pacer = pacerOf(steady, atOnce);
          let largest = pacer.next(100_000);
          for (const each of times) {
            pacer.answered(full(pacer, each));
            expect(pacer.next(100_000)).toBeLessThanOrEqual(Math.max(20, 2 * largest));
            largest = Math.max(largest, pacer.next(100_000));
          }
        },
      ),
    );
  });

  test('comes to what a lane does in the time that a batch is meant to take', () => {
    fc.assert(
      fc.property(atOnce, fc.double({ min: 1, max: SLOW_MS - 1, noNaN: true }), (atOnce, each) => {
        const pacer = pacerOf(steady, atOnce);
        for (let i = 0; i < 60; i++) pacer.answered(full(pacer, each));
        const meant = Math.max(1, Math.min(MOST_ITEMS, Math.floor((BATCH_MS * pacer.lane) / each)));
        expect(Math.abs(pacer.next(1_000_000) - meant)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('recovers after slow answers, to what it would have been without them', () => {
    fc.assert(
      fc.property(
        atOnce,
        fc.array(fc.integer({ min: 600, max: 60_000 }), { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 100 }),
        (atOnce, slow, quick) => {
          const [shaken, calm] = [pacerOf(steady, atOnce), pacerOf(steady, atOnce)];
          for (const ms of slow) shaken.answeredAlone(ms);
          expect(shaken.next(100_000)).toBe(1);
          for (let i = 0; i < 80; i++)
            // What travels by itself is timed by itself.
            for (const pacer of [shaken, calm])
              if (pacer.next(100_000) === 1) pacer.answeredAlone(quick);
              else pacer.answered(full(pacer, quick));
          expect(Math.abs(shaken.next(1_000_000) - calm.next(1_000_000))).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test('stays one in a run that began before it could recover', () => {
    for (const [mayRecover, size] of [
      [true, 6],
      [false, 1],
    ] as const) {
      const pacer = new BatchPacer(steady, 1, () => mayRecover);
      pacer.answered({ items: 10, begun: 10, ms: 4000, cut: 0, failed: 0 });
      expect(pacer.next(1000)).toBe(1);
      for (let i = 0; i < 20; i++)
        if (pacer.next(1000) === 1) pacer.answeredAlone(60);
        else pacer.answered(full(pacer, 60));
      expect(pacer.next(1000)).toBe(size);
    }
  });

  test('stays one once too many items took longer than a batch waits for one', () => {
    const pacer = pacerOf(steady, 200);
    pacer.answered({ items: 10, begun: 10, ms: 900, cut: 2, failed: 0 });
    for (let i = 0; i < 50; i++) pacer.answeredAlone(1);
    expect(pacer.next(1000)).toBe(1);
  });
});

describe('items of which nobody knows how long they take', () => {
  const unknown = { isSingle: false, isQuick: false };

  test('begin one by one, and no more than ten before the first has ended', () => {
    const pacer = pacerOf(unknown, 200);
    let begun = 0;
    for (; pacer.mayBegin; begun++) {
      expect(pacer.next(1000)).toBe(1);
      pacer.begunAlone();
    }
    expect(begun).toBe(10);
    pacer.answeredAlone(5);
    expect(pacer.mayBegin).toBe(true);
    expect(pacer.next(1000)).toBe(10);
  });

  test('travel singly when none of the first has ended in time, until one is quick', () => {
    const pacer = pacerOf(unknown, 200);
    pacer.unanswered();
    expect([pacer.mayBegin, pacer.next(1000)]).toEqual([true, 1]);
    for (let i = 0; i < 5; i++) pacer.answeredAlone(1);
    expect(pacer.next(1000)).toBe(10);
    // What is known by then is not forgotten.
    pacer.unanswered();
    expect(pacer.next(1000)).toBe(10);
  });
});
