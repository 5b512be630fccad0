import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { attemptLog } from '../../../activities/attempts/attempt-log.ts';
import { LastLines } from '../../../activities/attempts/last-lines.ts';
import { LogBudget } from '../../../activities/attempts/log-budget.ts';
import { redactedLine } from '../../../activities/redact.ts';

/** A job's log, and the lines that come of it, as a worker writes them. */
function bench(budget = new LogBudget(undefined, Number.POSITIVE_INFINITY)) {
  const texts: string[] = [];
  const worker = pino(
    { name: 'worker', hooks: { streamWrite: redactedLine } },
    { write: (line) => void texts.push(line) },
  );
  const log = attemptLog(
    worker.child({ goal: 'g', run: 'g:1', step: 'act#1' }).child({ attempt: 2 }),
    budget,
    new LastLines(),
  );
  return { log, texts, lines: () => texts.map((text) => JSON.parse(text)) };
}

describe('the log of a job', () => {
  test('says of the attempt what the worker says, whatever the job does', () => {
    const { log, texts, lines } = bench();
    const forged = {
      ...{
        run: 'other:victim',
        goal: 'other',
        step: 'pay#1',
        attempt: 9,
        time: 0,
        level: 60,
        name: 'gateway',
      },
      ...{ pid: 1, hostname: 'h', msg: 'x', execution: 'e' },
    };
    log.info({ ...forged, rows: 3 }, 'forged');
    log.child(forged).info('by a child');
    log.child({}, { formatters: { log: (given) => ({ ...given, ...forged }) } }).info({}, 'by a formatter');
    log.setBindings(forged);
    log.info('by its bindings');
    for (const [line, text] of lines().map((line, i) => [line, texts[i]] as const)) {
      expect(line).toMatchObject({
        run: 'g:1',
        goal: 'g',
        step: 'act#1',
        attempt: 2,
        level: 30,
        name: 'worker',
      });
      expect(line.time).toBeGreaterThan(0);
      expect(line.given).toMatchObject({ run: 'other:victim' });
      for (const name of ['run', 'step', 'attempt']) expect(text?.split(`"${name}":`).length).toBe(3);
    }
    expect(lines().map(({ msg }) => msg)).toEqual([
      'forged',
      'by a child',
      'by a formatter',
      'by its bindings',
    ]);
  });

  test('has its level, its error and its fields', () => {
    const { log, lines } = bench();
    log.warn({ err: new RangeError('too far'), rows: [1, 2] }, 'odd');
    log.debug('not told');
    log.error('bad password=hunter2-hunter2x');
    expect(lines()).toMatchObject([
      { level: 40, msg: 'odd', rows: [1, 2], err: { type: 'RangeError', message: 'too far' } },
      { level: 50, msg: 'bad password=<redacted>' },
    ]);
  });

  test('has lines of some 2,000 characters at most, however they are made', () => {
    const { log, texts } = bench();
    const deep = (n: number): object => (n === 0 ? {} : { a: deep(n - 1) });
    log.info('x'.repeat(1_000_000));
    log.info({ texts: Array.from({ length: 100 }, () => 'y'.repeat(8000)) }, 'z'.repeat(8000));
    log.info(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${i}`.repeat(200), i])), 'wide');
    log.info({ deep: deep(200) }, 'deep');
    expect(texts).toHaveLength(4);
    for (const text of texts) expect(text.length).toBeLessThan(5000);
  });

  test('is as long in a second as its budget is, and says what was left out', () => {
    let now = 0;
    const { log, lines } = bench(new LogBudget(() => now, Number.POSITIVE_INFINITY));
    for (let i = 0; i < 2000; i++) log.info(`line ${i}`);
    expect(lines().length).toBeLessThanOrEqual(500);
    const told = lines().length;
    now += 1000;
    log.info('later');
    expect(lines().slice(told)).toMatchObject([
      { level: 40, dropped: 2000 - told, run: 'g:1' },
      { msg: 'later' },
    ]);
  });

  test('has so much time for redaction, and no more', () => {
    let now = 0;
    const budget = new LogBudget(() => now);
    expect(budget.take()).toBe(true);
    budget.spent(60);
    expect(budget.take()).toBe(false);
    expect(budget.dropped()).toBe(1);
    now += 1000;
    expect(budget.take()).toBe(true);
  });
});
