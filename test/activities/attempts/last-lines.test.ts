import { AsyncLocalStorage } from 'node:async_hooks';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { attemptLog } from '../../../activities/attempts/attempt-log.ts';
import { captureWrites } from '../../../activities/attempts/captured-writes.ts';
import { LastLines } from '../../../activities/attempts/last-lines.ts';
import { LogBudget } from '../../../activities/attempts/log-budget.ts';
import { knowSecret } from '../../../activities/hidden-values.ts';
import { NEWEST_LINES_BYTES } from '../../../goals/wire/attempt-lines.ts';
import { jsonBytes } from '../../../goals/wire/ledger.ts';

const attempt = (level = 'info') => {
  const lines = new LastLines();
  return { lines, log: attemptLog(pino({ level }, { write: () => undefined }), new LogBudget(), lines) };
};

const textsOf = (lines: LastLines): string[] => lines.take()?.lines.map(({ text }) => text) ?? [];

describe('what an attempt wrote last', () => {
  test('is lines with their time, their level and their fields, in order', () => {
    const { lines, log } = attempt();
    expect(lines.take()).toBeNull();
    log.info('begins');
    log.warn({ rows: 3 }, 'few');
    log.error(new Error('no disk'));
    const taken = lines.take();
    expect(taken?.dropped).toBe(0);
    expect(taken?.lines.map(({ level }) => level)).toEqual(['info', 'warn', 'error']);
    expect(taken?.lines.slice(0, 2).map(({ text }) => text)).toEqual(['begins', 'few {"rows":3}']);
    expect(taken?.lines[2]?.text).toContain('no disk');
    for (const { at } of taken?.lines ?? []) expect(new Date(at).toISOString()).toBe(at);
  });

  test('is kept where the log of the worker says less, and below info only where it says more', () => {
    const quiet = attempt('error');
    quiet.log.debug('detail');
    quiet.log.info('kept');
    expect(textsOf(quiet.lines)).toEqual(['kept']);
    const chatty = attempt('debug');
    chatty.log.debug('detail');
    expect(textsOf(chatty.lines)).toEqual(['detail']);
  });

  test('is the newest of however many lines, within its budget, and says how many came before', () => {
    const { lines, log } = attempt();
    const many = 20_000;
    for (let i = 1; i <= many; i++) log.info(`${i}`.padEnd(100, 'x'));
    log.info('😀"'.repeat(100_000));
    const taken = lines.take();
    const kept = taken?.lines ?? [];
    expect(jsonBytes(taken)).toBeLessThanOrEqual(NEWEST_LINES_BYTES);
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length + (taken?.dropped ?? 0)).toBe(many + 1);
    expect(kept.at(-2)?.text).toMatch(/^20000x/);
    expect(kept.at(-1)?.text).toContain('characters)');
  });

  test('holds no more than it may keep, however long the lines are', () => {
    const { lines, log } = attempt();
    for (let i = 0; i < 300; i++) log.info({ i, more: 'x'.repeat(100_000) }, 'y'.repeat(100_000));
    expect(lines.heldCharacters).toBeLessThan(400_000);
  });

  test('holds no secret: neither what looks like one, nor one that is known, nor a key of several lines', () => {
    const { lines, log } = attempt();
    knowSecret('LAST_LINES_SECRET', 'tr0ub4dor-and-more');
    log.info({ url: 'postgres://me:hunter2222@db/x' }, 'with password=hunter2222');
    log.info('tr0ub4dor-and-more');
    for (const line of [
      '-----BEGIN RSA PRIVATE KEY-----',
      'MIIEowIBAAKCAQEA1',
      'bm90aGluZyBpcyBoZXJl',
      '-----END RSA PRIVATE KEY-----',
      'after the key',
    ])
      log.info(line);
    const text = textsOf(lines).join('\n');
    for (const secret of ['hunter2222', 'tr0ub4dor', 'MIIEow', 'bm90aGluZ'])
      expect(text).not.toContain(secret);
    expect(text).toContain('after the key');
  });
});

describe('what is written past the log', () => {
  const names = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;
  const before = names.map((name) => console[name]);
  const writes = [process.stdout.write, process.stderr.write] as const;
  beforeEach(() => captureWrites(() => scope.getStore()?.log ?? nobody.log));
  afterEach(() => {
    for (const [i, name] of names.entries()) console[name] = before[i] as typeof console.log;
    [process.stdout.write, process.stderr.write] = writes;
  });
  const scope = new AsyncLocalStorage<ReturnType<typeof attempt>>();
  const nobody = attempt();

  test('is of the attempt whose code wrote it, also where two run at once', async () => {
    const [one, other] = [attempt(), attempt()];
    const writes = async (who: string): Promise<void> => {
      console.info('%s begins', who);
      await new Promise((resolve) => setTimeout(resolve, 5));
      console.error(who, { failed: true });
      process.stdout.write(`${who} to stdout\n`);
    };
    await Promise.all([scope.run(one, () => writes('one')), scope.run(other, () => writes('other'))]);
    expect(one.lines.take()?.lines.map(({ level, text }) => [level, text])).toEqual([
      ['info', 'one begins'],
      ['error', 'one { failed: true }'],
      ['info', 'one to stdout'],
    ]);
    expect(textsOf(other.lines)).toEqual(['other begins', 'other { failed: true }', 'other to stdout']);
    expect(nobody.lines.take()).toBeNull();
  });
});
