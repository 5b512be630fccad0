import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LINES_BYTES, NEWEST_LINES_BYTES } from '../../../goals/wire/attempt-lines.ts';
import { fingerprint } from '../../../goals/wire/fingerprint.ts';
import {
  type AttemptError,
  emptyLedger,
  enter,
  errorClasses,
  jsonBytes,
  keptEntries,
  LEDGER_BYTES,
  type Ledger,
  lastEntry,
  ledgerSchema,
  withoutLines,
} from '../../../goals/wire/ledger.ts';

type Entry = Omit<AttemptError, 'n'>;

const entry = (changes: Partial<Entry> = {}): Entry => ({
  server: 1,
  local: 1,
  at: '2026-11-20T05:00:00.000Z',
  ms: 12,
  type: 'Error',
  code: 'ECONNRESET',
  message: 'connection reset',
  fingerprint: '0123456789abcdef',
  class: 'transient',
  worker: '1@host',
  ...changes,
});

/** The nth of many entries: when it was and what it said tell which one it is. */
const nth = (n: number, changes: Partial<Entry> = {}): Entry =>
  entry({
    server: n,
    at: new Date(Date.UTC(2026, 10, 20) + n * 1000).toISOString(),
    message: `no ${n}`,
    ...changes,
  });

const enterAll = (entries: readonly Entry[], open = false): Ledger =>
  entries.reduce((ledger, next) => enter(ledger, next, open), emptyLedger());

/** Texts from jobs: huge, binary, of many bytes a character, of halves of characters, of what JSON escapes. */
const hostile = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 600 }),
  fc.string({
    unit: fc.constantFrom('😀', 'é', '漢', '\ud83d', '\ude00', '"', '\\', '\n', '\t', '\0', '\u2028'),
  }),
  fc
    .tuple(fc.constantFrom('x', '漢', '😀', '"', '\\', '\n', '\ud83d', '\0', 'a b '), fc.nat(5000))
    .map(([unit, times]) => unit.repeat(times)),
);

const anyEntry: fc.Arbitrary<Entry> = fc.record(
  {
    server: fc.integer({ min: 1, max: 100_000 }),
    local: fc.integer({ min: 1, max: 11 }),
    at: fc.constant('2026-11-20T05:00:00.000Z'),
    ms: fc.nat(100_000_000),
    type: hostile,
    code: hostile,
    message: hostile,
    fingerprint: fc.nat(30).map((n) => fingerprint('Error', `kind ${'x'.repeat(n)}`)),
    class: fc.constantFrom(...errorClasses),
    worker: hostile,
    stack: hostile,
  },
  {
    requiredKeys: [
      'server',
      'local',
      'at',
      'ms',
      'type',
      'code',
      'message',
      'fingerprint',
      'class',
      'worker',
    ],
  },
) as fc.Arbitrary<Entry>;

const totalOfTallies = (ledger: Ledger): number =>
  Object.values(ledger.tallies).reduce((sum, { n }) => sum + n, 0);

describe('a ledger', () => {
  // ledger.2, ledger.3
  test('is never over its bound, counts every entry, and is always itself, whatever is entered', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 60 }), (entries) => {
        let ledger = emptyLedger();
        for (const next of entries) {
          ledger = enter(ledger, next, false);
          expect(Buffer.byteLength(JSON.stringify(ledger))).toBeLessThanOrEqual(LEDGER_BYTES);
        }
        expect(ledger.total).toBe(entries.length);
        expect(totalOfTallies(ledger)).toBe(entries.length);
        // It crosses processes as JSON, and is read there with the schema.
        expect(ledgerSchema.parse(JSON.parse(JSON.stringify(ledger)))).toEqual(ledger);
        expect(() => encodeURIComponent(JSON.stringify(ledger))).not.toThrow();
      }),
      { numRuns: 150 },
    );
  });

  test('is within its bound even when every field of every entry is as large as can be', () => {
    for (const unit of ['x', '漢', '😀', '"', '\\', '\n', '\ud83d']) {
      const text = unit.repeat(5000);
      const worst = Array.from({ length: 40 }, (_, i) =>
        nth(i + 1, {
          server: 100_000 + i,
          at: new Date(Date.UTC(2026, 10, 20, i)).toISOString(),
          ms: 123_456_789.123,
          type: text,
          code: text,
          message: text,
          worker: text,
          stack: text,
          class: 'infrastructure',
          fingerprint: fingerprint('Error', 'x'.repeat(i)),
        }),
      );
      const ledger = enterAll(worst);
      expect(Buffer.byteLength(JSON.stringify(ledger))).toBeLessThanOrEqual(LEDGER_BYTES);
      expect(keptEntries(ledger)).toHaveLength(8);
      expect(ledger).toMatchObject({ total: 40 });
      expect(totalOfTallies(ledger)).toBe(40);
    }
  });

  // ledger.3
  test('keeps what its attempts wrote beside it: lines never push an entry out', () => {
    const lines = Array.from({ length: 300 }, (_, i) => ({
      at: '2026-11-20T05:00:00.000Z',
      level: 'info' as const,
      text: `${i} ${'漢"'.repeat(400)}`,
    }));
    const log = { lines, dropped: 7 };
    const worst = Array.from({ length: 12 }, (_, i) => nth(i + 1, { message: '漢'.repeat(5000) }));
    const ledger = enterAll(worst.map((one) => ({ ...one, log })));
    expect(withoutLines(ledger)).toEqual(enterAll(worst));
    expect(jsonBytes(ledger)).toBeLessThanOrEqual(LEDGER_BYTES + LINES_BYTES);
    expect(ledgerSchema.parse(JSON.parse(JSON.stringify(ledger)))).toEqual(ledger);
    for (const kept of keptEntries(ledger)) {
      expect(kept.log?.lines.at(-1)?.text).toMatch(/^299 /);
      expect((kept.log?.lines.length ?? 0) + (kept.log?.dropped ?? 0)).toBe(307);
    }
    const [earlier, newest] = keptEntries(ledger).slice(-2);
    expect(newest?.log?.lines.length).toBeGreaterThan(earlier?.log?.lines.length ?? 0);
    expect(jsonBytes(newest?.log)).toBeLessThanOrEqual(NEWEST_LINES_BYTES);
  });

  test('keeps the first three entries and the last five, in order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), (count) => {
        const ledger = enterAll(Array.from({ length: count }, (_, i) => nth(i + 1)));
        const all = Array.from({ length: count }, (_, i) => i + 1);
        const kept = count <= 8 ? all : [...all.slice(0, 3), ...all.slice(-5)];
        expect(keptEntries(ledger).map(({ n }) => n)).toEqual(kept);
        expect(keptEntries(ledger).map(({ message }) => message)).toEqual(kept.map((n) => `no ${n}`));
        expect(keptEntries(ledger).map(({ at }) => at)).toEqual(kept.map((n) => nth(n).at));
        expect(lastEntry(ledger)?.n).toBe(count === 0 ? undefined : count);
      }),
    );
  });

  // In a time that grows with their number, and not with its square: then the test would run out of time.
  test('takes ten thousand entries, and stays within its bound', () => {
    let ledger = emptyLedger();
    for (let i = 1; i <= 10_000; i++)
      ledger = enter(
        ledger,
        nth(i, {
          message: `upstream ${i} said: ${'é'.repeat(600)}`,
          stack: 'at x\n'.repeat(1000),
          fingerprint: fingerprint('Error', 'x'.repeat(i % 100)),
        }),
        false,
      );
    expect(Buffer.byteLength(JSON.stringify(ledger))).toBeLessThanOrEqual(LEDGER_BYTES);
    expect(ledger.total).toBe(10_000);
    expect(totalOfTallies(ledger)).toBe(10_000);
    expect(keptEntries(ledger).map(({ n }) => n)).toEqual([1, 2, 3, 9996, 9997, 9998, 9999, 10_000]);
  });

  test('that has nothing in it is empty each time anew', () => {
    expect(emptyLedger()).toEqual({ total: 0, server: 0, open: false, first: [], last: [], tallies: {} });
    emptyLedger().first.push({ ...entry(), n: 1 });
    expect(emptyLedger().first).toEqual([]);
  });
});

describe('entering', () => {
  test('changes nothing in the ledger that was there before', () => {
    const before = enterAll([nth(1, { stack: 'at a' }), nth(2)]);
    const copy = structuredClone(before);
    enter(before, nth(3), true);
    expect(before).toEqual(copy);
  });

  test('numbers the attempts, and says which attempt of the server was the last and whether it goes on', () => {
    const ledger = enter(enterAll([nth(1)]), entry({ server: 7, local: 2 }), true);
    expect(ledger).toMatchObject({ total: 2, server: 7, open: true });
    expect(lastEntry(ledger)).toMatchObject({ n: 2, server: 7, local: 2 });
    expect(enter(ledger, entry({ server: 8 }), false)).toMatchObject({ total: 3, server: 8, open: false });
  });

  test('keeps an ordinary entry as it is', () => {
    const given = entry({ stack: 'Error: connection reset\n    at read' });
    expect(lastEntry(enterAll([given]))).toEqual({ ...given, n: 1 });
  });

  test('keeps only the newest stack', () => {
    const ledger = enterAll([1, 2, 3, 4, 5].map((n) => nth(n, { stack: `at ${n}` })));
    expect(keptEntries(ledger).map(({ stack }) => stack)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'at 5',
    ]);
  });

  test('cuts long texts and says how long they were', () => {
    const [kept] = keptEntries(enterAll([entry({ message: 'x'.repeat(70_000), stack: 'y'.repeat(70_000) })]));
    expect(kept?.message).toHaveLength(500);
    expect(kept?.message).toMatch(/^x+… \(70000 characters\)$/);
    expect(kept?.stack).toMatch(/^y+… \(70000 characters\)$/);
  });

  test('cuts every message shorter before it gives up an entry', () => {
    const long = Array.from({ length: 20 }, (_, i) => nth(i + 1, { message: '漢'.repeat(5000) }));
    const messages = keptEntries(enterAll(long)).map(({ message }) => message);
    expect(messages).toHaveLength(8);
    for (const message of messages) expect(message).toMatch(/^漢{40,}…/);
  });

  test('never cuts a code that jobs may have, as people decide by it', () => {
    const code = `E${'9'.repeat(63)}`;
    const many = Array.from({ length: 30 }, (_, i) =>
      nth(i + 1, {
        code,
        message: 'x'.repeat(5000),
        type: 'T'.repeat(100),
        worker: 'w'.repeat(100),
        class: 'infrastructure',
        server: 100_000 + i,
        ms: 123_456_789.123,
        fingerprint: fingerprint('Error', 'x'.repeat(i)),
      }),
    );
    const ledger = enterAll(many);
    for (const kept of keptEntries(ledger)) expect(kept.code).toBe(code);
    for (const tally of Object.values(ledger.tallies)) expect(tally.code).toBe(code);
  });
});

describe('tallies', () => {
  test('count each fingerprint, with when it came first and last', () => {
    const [a, b] = [fingerprint('Error', 'a'), fingerprint('Error', 'b')];
    const ledger = enterAll([
      nth(1, { fingerprint: a, message: 'first' }),
      nth(2, { fingerprint: b, code: 'other_code', class: 'data', type: 'TypeError' }),
      nth(3, { fingerprint: a, message: 'later' }),
    ]);
    expect(ledger.tallies).toEqual({
      [a]: {
        n: 2,
        type: 'Error',
        code: 'ECONNRESET',
        class: 'transient',
        message: 'first',
        first: nth(1).at,
        last: nth(3).at,
      },
      [b]: {
        n: 1,
        type: 'TypeError',
        code: 'other_code',
        class: 'data',
        message: 'no 2',
        first: nth(2).at,
        last: nth(2).at,
      },
    });
  });

  test('collect what is beyond twelve fingerprints as `other`, and go on counting the twelve', () => {
    const kind = (i: number): string => fingerprint('Error', 'x'.repeat(i + 1));
    const ledger = enterAll([
      ...Array.from({ length: 20 }, (_, i) => nth(i + 1, { fingerprint: kind(i) })),
      nth(21, { fingerprint: kind(0) }),
      nth(22, { fingerprint: kind(19) }),
    ]);
    expect(Object.keys(ledger.tallies)).toHaveLength(13);
    expect(ledger.tallies[kind(0)]).toMatchObject({ n: 2, last: nth(21).at });
    expect(ledger.tallies[kind(11)]).toMatchObject({ n: 1 });
    expect(ledger.tallies.other).toMatchObject({ n: 9, first: nth(13).at, last: nth(22).at });
  });
});

describe('hours', () => {
  const inHour = (hour: number): Entry =>
    entry({ at: new Date(Date.UTC(2026, 10, 20, hour, 30)).toISOString() });

  test('count what was entered in each, and add up to the total', () => {
    const ledger = enterAll([inHour(4), inHour(5), inHour(5)]);
    expect(ledger.hours).toEqual({ '2026-11-20T04': 1, '2026-11-20T05': 2 });
  });

  test('collect what is beyond the last twenty-four as `earlier`', () => {
    const ledger = enterAll(Array.from({ length: 90 }, (_, i) => inHour(Math.floor(i / 3))));
    expect(Object.keys(ledger.hours ?? {})).toHaveLength(25);
    expect(ledger.hours).toMatchObject({ earlier: 18, '2026-11-20T06': 3, '2026-11-21T05': 3 });
  });

  test('go on in a ledger of a version that did not count them', () => {
    const { hours: _, ...old } = enterAll([inHour(1), inHour(2)]);
    expect(enter(old, inHour(3), false).hours).toEqual({ earlier: 2, '2026-11-20T03': 1 });
  });
});

describe('jsonBytes', () => {
  test('is how many bytes of UTF-8 the JSON of any value takes', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      hostile,
      fc.anything({ withNullPrototype: true, withDate: true, withBigInt: false, withMap: true }),
      fc.array(hostile),
      fc.dictionary(hostile, hostile),
    );
    fc.assert(
      fc.property(value, (any) => {
        expect(jsonBytes(any)).toBe(Buffer.byteLength(JSON.stringify(any) ?? ''));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['abc', 5],
    ['é', 4],
    ['漢', 5],
    ['😀', 6],
    ['\ud83d', 8],
    ['"', 4],
    [undefined, 0],
    [{ a: undefined }, 2],
  ])('of %j are %d', (value, bytes) => {
    expect(jsonBytes(value)).toBe(bytes);
  });
});
