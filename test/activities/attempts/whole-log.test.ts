import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { attemptLog } from '../../../activities/attempts/attempt-log.ts';
import { LastLines } from '../../../activities/attempts/last-lines.ts';
import { LogBudget } from '../../../activities/attempts/log-budget.ts';
import { WholeLog } from '../../../activities/attempts/whole-log.ts';
import { logReader } from '../../../gateway/runs/read-logs.ts';
import { chunkName, isOfAttempts } from '../../../goals/wire/kept-logs.ts';
import { LogDirectory } from '../../../process/log-directory.ts';
import type { LogStore } from '../../../process/log-store.ts';
import { logStoreFrom, logsLinkFrom } from '../../../process/logs-from.ts';
import { codecOf, sealingWith, unsealed } from '../../../process/sealing/sealing.ts';
import { SealingKeys } from '../../../process/sealing/sealing-keys.ts';

const silent = pino({ level: 'silent' });
const run = { namespace: 'default', run: 'load:1' };
let folder: string;
let store: LogDirectory;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gk-logs-'));
  store = new LogDirectory(folder);
});
afterEach(() => {
  vi.useRealTimers();
  return rm(folder, { recursive: true });
});

/** An attempt that writes these lines, and ends. */
async function written(
  texts: readonly string[],
  {
    step = 'load#1',
    attempt = 1,
    into = store as LogStore,
    codecs = [] as ReturnType<typeof codecOf>[],
  } = {},
): Promise<void> {
  const whole = new WholeLog(into, { ...run, step, attempt }, codecs, () => silent);
  const log = attemptLog(silent, new LogBudget(undefined, Number.POSITIVE_INFINITY), new LastLines(), whole);
  for (const text of texts) log.info(text);
  await whole.end();
}

/** What the gateway reads of it, once no chunk before the last may still come. */
async function pageOf(which = {}, after: string | null = null, sealing = unsealed(() => undefined)) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  const page = await logReader({ store, link: null }, 'default', sealing).page('load:1', which, after);
  vi.useRealTimers();
  return page;
}

describe('a whole log', () => {
  test('is read in order, of all attempts or of one, and after what was read before', async () => {
    await written(['one', 'two']);
    await written(['three'], { attempt: 2 });
    await written(['elsewhere'], { step: 'check#1' });
    const { items, last, isMore } = await pageOf();
    expect(items.map(({ step, attempt, level, text }) => [step, attempt, level, text])).toEqual(
      expect.arrayContaining([
        ['load#1', 1, 'info', 'one'],
        ['load#1', 1, 'info', 'two'],
        ['load#1', 2, 'info', 'three'],
        ['check#1', 1, 'info', 'elsewhere'],
      ]),
    );
    expect([items.length, isMore]).toEqual([4, false]);
    expect((await pageOf({ step: 'load#1' })).items).toHaveLength(3);
    expect((await pageOf({ step: 'load#1', attempt: 2 })).items.map(({ text }) => text)).toEqual(['three']);
    expect((await pageOf({}, last)).items).toEqual([]);
    // A chunk that was begun before the last may still come.
    await written(['just now']);
    const early = await logReader({ store, link: null }, 'default', unsealed()).page('load:1', {}, last);
    expect(early).toEqual({ items: [], last, isMore: false });
    expect((await pageOf({}, last)).items.map(({ text }) => text)).toEqual(['just now']);
  });

  test('is redacted, and sealed where values are: nothing of it is in the clear', async () => {
    const key = { id: 'k1', from: 0, key: new Uint8Array(32).fill(7) };
    const ring = new SealingKeys([key]);
    const sealing = sealingWith(() => ring);
    const codecs = [codecOf(sealing, 'default')];
    await written(['customer 4711 with password=hunter2222'], { codecs });
    const [file = ''] = (await readdir(folder, { recursive: true })).filter((name) => name.length > 60);
    expect((await readFile(join(folder, file))).toString('latin1')).not.toMatch(/4711|hunter|load/);
    const { items } = await pageOf({}, null, sealing);
    expect(items.map(({ text }) => text)).toEqual(['customer 4711 with password=<redacted>']);
  });

  test('is bounded, and a store that is away costs lines and no attempt', async () => {
    await written(Array.from({ length: 300 }, (_, i) => `${i} ${'x'.repeat(1900)}`));
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.length > 60);
    expect(names.length).toBeGreaterThan(1);
    const away: LogStore = Object.assign(Object.create(store), {
      write: () => Promise.reject(new Error('no disk')),
    });
    await written(['lost'], { into: away });
    expect((await pageOf()).items.some(({ text }) => text === 'lost')).toBe(false);
  });

  test('is deleted with its run, and with nothing else; and when it is old', async () => {
    await written(['one']);
    const other = { ...run, run: 'load:2' };
    await store.write(other, chunkName(1, 'load#1', 1, '00000000'), Buffer.from('x'));
    expect([await store.forget(run), await store.forget(run)]).toEqual([1, 0]);
    expect(await store.list(other, null, 9)).toHaveLength(1);
    await store.expire(Date.now() - 60_000);
    expect(await store.list(other, null, 9)).toHaveLength(1);
    await store.expire(Date.now() + 60_000);
    expect(await store.list(other, null, 9)).toEqual([]);
  });
});

test('a chunk tells by its name when it was written and of which attempt it is', () => {
  const names = [5, 36 ** 8, 40].map((ms) => chunkName(ms, 'a#1', 3, '0123abcd')).sort();
  expect(names.map((name) => isOfAttempts(name, { step: 'a#1', attempt: 3 }))).toEqual([true, true, true]);
  expect(names.map((name) => isOfAttempts(name, { step: 'b#1' }))).toEqual([false, false, false]);
  expect(names[0]).toBe(chunkName(5, 'a#1', 3, '0123abcd'));
});

test('a place or a link that is wrong is refused, with how to mend it', async () => {
  expect(await logStoreFrom({ GOALKEEPER_LOGS: 'off' })).toBeNull();
  await expect(logStoreFrom({ GOALKEEPER_LOGS: 'logs' })).rejects.toMatchObject({ code: 'logs_invalid' });
  expect(logsLinkFrom({})).toBeNull();
  for (const wrong of ['loki/{run}', 'https://loki.example/{run}/{secret}'])
    expect(() => logsLinkFrom({ GOALKEEPER_LOGS_LINK: wrong })).toThrow(
      'GOALKEEPER_LOGS_LINK is not such as',
    );
  const link = logsLinkFrom({ GOALKEEPER_LOGS_LINK: 'https://loki.example/x?q={run}/{step}/{attempt}' });
  const { link: linkOf } = logReader({ store: null, link }, 'default', unsealed());
  expect(linkOf('load:a b', { step: 'load#1', attempt: 2 })).toBe(
    'https://loki.example/x?q=load%3Aa%20b/load%231/2',
  );
});
