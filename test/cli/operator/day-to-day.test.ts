// A day's work by the command line, against one gateway, server and worker: gaps, backfills, logs, tags, acts on many runs, and what is due.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bind } from 'goalkeeper/worker';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { keepWholeLogs } from '../../../activities/attempts/whole-log.ts';
import { scheduleId } from '../../../goals/wire/names.ts';
import { LogDirectory } from '../../../process/log-directory.ts';
import { Workbench } from '../../engine/workbench.ts';
import { answered, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import goals, { fill, filled, priced, punctual, quoted } from './day-goals.ts';
import { type RunOptions, ran as ranAt } from './test-screen.ts';

const WAIT = { timeout: 60_000, interval: 250 };
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let folder: string;
/** Regions whose source does not answer. */
const down = new Set(['us']);

beforeAll(async () => {
  bench = await Workbench.open();
  folder = await mkdtemp(join(tmpdir(), 'gk-day-'));
  const store = new LogDirectory(folder);
  keepWholeLogs(store);
  const filling = bind(fill, async ({ day, region }, { log }) => {
    log.info(`asking the source of ${region} for ${day}`);
    if (down.has(region)) throw Object.assign(new Error('the source is down'), { code: 'source_down' });
    return { rows: 7 };
  });
  await bench.worker(fileURLToPath(new URL('day-goals.ts', import.meta.url)), goals, [filling]);
  gateway = await gatewayAt(temporalAddress, 'default', undefined, undefined, [], {
    logs: { store, link: null },
  });
});
afterAll(async () => {
  keepWholeLogs(null);
  const ticks = bench?.client.schedule.getHandle(scheduleId(punctual.name, 'ticks'));
  await ticks?.delete().catch(() => undefined);
  await gateway?.stop();
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

/** As people do, it asks again where Temporal or the worker does not answer in time. `'…'` is one argument. */
async function ran(line: string, options: RunOptions = {}) {
  const args = (line.match(/'[^']*'|\S+/g) ?? []).map((one) => one.replaceAll("'", ''));
  for (const until = Date.now() + 45_000; ; ) {
    const done = await ranAt(args, {
      environment: { GOALKEEPER_URL: gateway.url, NO_COLOR: '1' },
      ...options,
    });
    if (!/(temporal|worker)_unavailable/.test(done.err) || Date.now() > until) return done;
  }
}
const grid = async () => (await ran(`goals keys ${filled.name} --by day,region`, { columns: 80 })).out;

test('gaps of a grid are pursued by a backfill of the keys that are expected, with the plan first', async () => {
  expect(await grid()).toBe(
    [
      'DAY         eu       us',
      '2025-11-02  missing  missing',
      '2025-11-01  missing  missing',
      '0 achieved, 0 failed, 0 cancelled, 0 open, 4 missing',
      '',
    ].join('\n'),
  );
  const start = `backfills start ${filled.name} --expected --part day --from 2025-11-01 --to 2025-11-02`;
  const planned = await ran(`${start} --dry-run`, { columns: 80 });
  expect(planned.out).toContain(`backfill of ${filled.name}: 4 runs\n`);
  expect(planned.out).toMatch(/run +cli-filled:2025-11-01~eu\n/);
  const unasked = await ran(start);
  expect([unasked.exit, unasked.err]).toEqual([3, expect.stringContaining('Give --yes if it is meant')]);
  const begun = await ran(`${start} --yes`);
  expect(begun.exit).toBe(0);
  expect(begun.out).toContain(`${filled.name}, by its keys, 4 at once`);
  await expect
    .poll(grid, WAIT)
    .toBe(
      [
        'DAY         eu        us',
        '2025-11-02  achieved  failed',
        '2025-11-01  achieved  failed',
        '2 achieved, 2 failed, 0 cancelled, 0 open, 0 missing',
        '',
      ].join('\n'),
    );
  const failed = await ran(`goals keys ${filled.name} --outcome failed`);
  expect(failed.out).toMatch(/^2025-11-02~us\tfailed\t\S+\n2025-11-01~us\tfailed\t\S+\n$/);
  const wrong = await ran(`goals keys ${filled.name} --by hour`);
  expect([wrong.exit, wrong.err]).toEqual([3, expect.stringContaining('day, region')]);
});

test('what a job wrote is read, of a step or as JSON; where nothing was kept that is said', async () => {
  const run = `${filled.name}:2025-11-01~us`;
  const logs = async () => (await ran(`runs logs ${run}`)).out;
  await expect
    .poll(logs, WAIT)
    .toMatch(/^\S+Z info {2}cli-fill#1@1 asking the source of us for 2025-11-01\n/);
  const line = JSON.parse((await ran(`runs logs ${run} --step cli-fill#1 --json`)).out.split('\n')[0] ?? '');
  expect(line).toMatchObject({
    step: 'cli-fill#1',
    attempt: 1,
    text: 'asking the source of us for 2025-11-01',
  });
  const none = await ran(`runs logs ${run} --attempt 9`);
  expect(none).toMatchObject({ exit: 0, out: '', err: expect.stringContaining('no lines; whole logs are') });
});

test('a run gets tags and a note, and is listed by its tags', async () => {
  const run = `${filled.name}:2025-11-01~eu`;
  expect((await ran(`runs tag ${run} incident-7 new`)).out).toBe('incident-7, new\n');
  expect((await ran(`runs tag ${run} --remove new`)).out).toBe('incident-7\n');
  expect(await ran(`runs tag ${run}`)).toMatchObject({ exit: 1, err: expect.stringContaining('Name a tag') });
  const noted = await ran(`runs note ${run} 'the shop was closed' --by ann`);
  expect(noted.out).toMatch(/tags {2}incident-7\n\nnote by ann, \S+ \S+Z\n {2}the shop was closed\n/);
  const listed = async () => (await ran(`runs list --goal ${filled.name} --tag incident-7`)).out;
  await expect.poll(listed, WAIT).toMatch(/^cli-filled:2025-11-01~eu\tachieved\t/);
});

test('runs of a filter are tagged, and acted on by their tag: plan, question, progress', async () => {
  const all = `--goal ${filled.name} --code source_down`;
  // Lists follow in a moment, and begin with the run that closed last.
  const planned = async () =>
    (await ran(`bulk tag ${all} --add incident-8 --dry-run`)).out.split('\n').sort();
  await expect
    .poll(planned, WAIT)
    .toEqual(['', '  cli-filled:2025-11-01~us', '  cli-filled:2025-11-02~us', 'tag of 2 runs']);
  expect(await ran(`bulk tag ${all}`)).toMatchObject({ exit: 1, err: expect.stringContaining('--add') });
  const declined = await ran(`bulk tag ${all} --add incident-8`, { columns: 80, input: 'n\n' });
  expect([declined.exit, declined.err]).toEqual([3, expect.stringContaining('Tag these 2 runs? [y/N]')]);
  const tagged = await ran(`bulk tag ${all} --add incident-8 --yes --by ann --reason 'the source'`);
  expect(tagged.out).toContain('tag +incident-8 by ann: the source\n');
  const [id = ''] = /gk-bulk-act:\w+/.exec(tagged.out) ?? [];
  await expect
    .poll(async () => (await ran(`bulk show ${id}`)).out, WAIT)
    .toContain(`achieved  ${id}  2 of 2\n`);
  expect((await ran('bulk', { columns: 100 })).out).toMatch(/BULK ACT.*ACT.*STATE.*DONE.*BY/);

  down.clear();
  const byTag = async () => (await ran('bulk resume --tag incident-8 --dry-run')).out;
  await expect.poll(byTag, WAIT).toMatch(/^resume of 2 runs\n/);
  expect((await ran('bulk resume --tag incident-8 --yes')).exit).toBe(0);
  await expect.poll(grid, WAIT).toContain('\n4 achieved, 0 failed, 0 cancelled, 0 open, 0 missing\n');
  const none = await ran('bulk cancel --tag incident-8');
  expect([none.exit, none.out]).toEqual([0, 'cancel of 0 runs\n']);
  expect(await ran(`bulk stop ${id}`)).toMatchObject({
    exit: 3,
    err: expect.stringContaining('bulk_act_closed'),
  });
  expect((await ran('bulk cancel --yes')).err).toContain('filter');
});

test('the runs that one trouble ended are resumed by its fingerprint, with the plan first', async () => {
  down.add('us');
  const key = '2025-11-03~us';
  expect((await ran(`runs start ${filled.name} day=2025-11-03 region=us --wait`)).exit).not.toBe(0);
  const failed = async () => JSON.parse((await ran(`errors --goal ${filled.name} --json`)).out || 'null');
  const fingerprint = async () => /"fingerprint": ?"(\w{16})"/.exec(JSON.stringify(await failed()))?.[1];
  await expect.poll(fingerprint, WAIT).toMatch(/\w/);
  const start = `recoveries start ${await fingerprint()} --goal ${filled.name}`;
  const planned = async () => (await ran(`${start} --dry-run`)).out;
  await expect.poll(planned, WAIT).toContain(`  ${filled.name}:${key}  keeps 0`);
  expect(await ran(start)).toMatchObject({
    exit: 3,
    err: expect.stringContaining('Give --yes if it is meant'),
  });
  down.clear();
  const begun = await ran(`${start} --yes --by ann --reason 'the source is back'`);
  const [id = ''] = /gk-recovery:\w+/.exec(begun.out) ?? [];
  const shown = async () => (await ran(`recoveries show ${id}`)).out;
  await expect
    .poll(shown, WAIT)
    .toMatch(/^achieved {2}gk-recovery:\w+ {2}1 of 1\ntrouble \w{16}, by ann: the source/);
  expect((await ran('recoveries', { columns: 120 })).out).toMatch(/RECOVERY.*OF.*STATE.*DONE.*BY/);
  expect(await ran(`recoveries pause ${id}`)).toMatchObject({ exit: 3 });
});

test('what a partition was made from and who used it is shown; an outcome is retracted, and pursued once more', async () => {
  const [made, used] = [`${priced.name}:2025-11-01`, `${quoted.name}:2025-11-01`];
  for (const { name } of [priced, quoted])
    expect((await ran(`runs start ${name} day=2025-11-01 --wait`)).exit).toBe(0);
  const datasets = async () => (await ran('datasets', { columns: 160 })).out;
  await expect.poll(datasets, WAIT).toMatch(/\ncli-prices +cli .* cli-priced +cli-quoted/);
  const partitions = async () => (await ran('datasets partitions cli-prices')).out;
  await expect.poll(partitions, WAIT).toMatch(/^2025-11-01\tmade\t\S+\t3\t1\tcli-priced:2025-11-01$/m);
  const one = await ran('datasets show cli-prices 2025-11-01');
  expect(one.out).toMatch(
    /^cli-prices {2}day=2025-11-01\n.*cli-priced:2025-11-01 {2}3 rows\n {2}used by cli-quoted/,
  );
  expect((await ran(`runs lineage ${used} --direction up`)).out).toContain(made);

  const retract = `runs retract ${made} --reason 'half of the prices were old'`;
  expect((await ran(`${retract} --dry-run`)).out).toContain(`${made}: 1 run would be in doubt\n  ${used}`);
  expect(await ran(retract)).toMatchObject({
    exit: 3,
    err: expect.stringContaining('Give --yes if it is meant'),
  });
  const retracted = await ran(`${retract} --yes --by ann`);
  const [id = ''] = /gk-retraction:\w+/.exec(retracted.out) ?? [];
  const shown = async () => (await ran(`retractions show ${id}`)).out;
  await expect.poll(shown, WAIT).toMatch(/^achieved {2}gk-retraction:\w+ {2}1 in doubt\n/);
  expect(await shown()).toContain(`  ${used}  ${made} ← ${used}`);
  expect((await ran('retractions')).out).toContain(`${id}\t${made}\tachieved`);
  const inDoubt = async () => (await ran('runs list --team cli --mark in-doubt')).out;
  await expect.poll(inDoubt, WAIT).toMatch(/^cli-quoted:2025-11-01\tachieved\t/);

  const plan = (await ran(`retractions recover ${id} --dry-run`)).out;
  expect(plan).toContain('2 runs of cli-priced (1), cli-quoted (1)');
  const begun = await ran(`retractions recover ${id} --yes`);
  const [recovery = ''] = /gk-recovery:\w+/.exec(begun.out) ?? [];
  const recovered = async () => (await ran(`recoveries show ${recovery}`)).out;
  await expect.poll(recovered, WAIT).toContain('  2 of 2\n');
  await expect.poll(inDoubt, WAIT).toBe('');
});

test('the gaps of a dataset are filled by a backfill, with the plan first', async () => {
  const missing = async () => (await ran('datasets partitions cli-prices --missing')).out;
  await expect.poll(missing, WAIT).toMatch(/^2025-11-03\tmissing\t.*\n2025-11-02\tmissing\t.*\n$/);
  const fill = 'datasets fill cli-prices';
  const planned = (await ran(`${fill} --dry-run`, { columns: 80 })).out;
  expect(planned).toContain(`backfill of ${priced.name}: 2 runs\n`);
  expect(planned).toMatch(/run +cli-priced:2025-11-03\n.*run +cli-priced:2025-11-02\n/);
  expect(await ran(fill)).toMatchObject({
    exit: 3,
    err: expect.stringContaining('Give --yes if it is meant'),
  });
  expect((await ran(`${fill} --from 2025-11-01 --to 2025-11-01 --dry-run`)).out).toBe(
    'no partition of cli-prices is missing\n',
  );
  expect(await missing()).not.toBe('');
  const begun = await ran(`${fill} --yes --by ann`);
  const [id = ''] = /gk-backfill:\S+/.exec(begun.out) ?? [];
  await expect
    .poll(async () => (await ran(`backfills show ${id}`)).out, WAIT)
    .toMatch(/^achieved {2}.* 2 of 2\n/);
  await expect.poll(missing, WAIT).toBe('');
  expect((await ran(`${fill} --yes`)).out).toBe('no partition of cli-prices is missing\n');
});

test('a run begins later, at a time or after a delay, and shows when', async () => {
  const begun = await ran(`runs start ${filled.name} day=2025-12-01 region=eu --delay 2h`);
  expect([begun.exit, begun.err]).toEqual([0, '']);
  const shown = async (key: string) => (await ran(`runs show ${filled.name}:${key}`)).out;
  expect(await shown('2025-12-01~eu')).toMatch(/^delayed {2}cli-filled:2025-12-01~eu\n/);
  const at = new Date(Date.now() + 3_600_000).toISOString();
  expect((await ran(`runs start ${filled.name} day=2025-12-02 region=eu --start-at ${at}`)).exit).toBe(0);
  expect(await shown('2025-12-02~eu')).toContain('delayed');
  const wrong = await ran(`runs start ${filled.name} day=2025-12-03 region=eu --start-at tomorrow`);
  expect([wrong.exit, wrong.err]).toEqual([1, expect.stringContaining("--start-at is 'tomorrow'")]);
  const listed = async () => (await ran(`bulk cancel --goal ${filled.name} --state delayed --dry-run`)).out;
  await expect.poll(listed, WAIT).toMatch(/^cancel of 2 runs\n/);
  expect((await ran(`bulk cancel --goal ${filled.name} --state delayed --yes`)).exit).toBe(0);
  await expect.poll(() => shown('2025-12-01~eu'), WAIT).toContain('cancelled');
});

test('what is due has a line for each owner: of a real schedule, a time that has a run, and one that has none', async () => {
  const items = async () =>
    (await answered(() => gateway.get(`/due?owner=${punctual.owner}`))).body.items[0]?.items ?? [];
  type Item = { state: string; at: string; run: string | null; schedule: string };
  const withRun = async () => (await items()).filter(({ run }: Item) => run !== null);
  await expect.poll(withRun, WAIT).toHaveLength(1);
  const [there] = await withRun();
  expect(there).toMatchObject({
    ...{ state: 'late', run: expect.stringMatching(/^cli-punctual:/) },
    schedule: scheduleId(punctual.name, 'ticks'),
  });
  // Its times go by while that run is open.
  const skipped = async () => {
    const { info } = await bench.client.schedule.getHandle(there.schedule).describe();
    return info.numActionsSkippedOverlap;
  };
  await expect.poll(skipped, WAIT).toBeGreaterThanOrEqual(1);
  const next = new Date(Date.parse(there.at) + 6_000).toISOString();
  // What is seen two minutes later, when nothing may begin any more.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
  try {
    expect((await items()).filter(({ at }: Item) => at === there.at)).toEqual([there]);
    expect((await items()).find(({ at }: Item) => at === next)).toMatchObject({
      state: 'missing',
      run: null,
    });
    const gaps = await ran(`goals keys ${punctual.name} --schedule ticks --by at`);
    expect(gaps.out).toContain(`\n${next}  missing\n`);
    expect(gaps.out).toMatch(new RegExp(`\n${there.at}  (waiting|pursuing)\n`));
    const { out } = await ran(`due --day ${there.at.slice(0, 10)}`);
    expect(out).toMatch(/^punctual\t\d+\t0\t0\t0\t1\t0\t[1-9]\d*\t\d+\n/m);
    const own = await ran(`due --day ${there.at.slice(0, 10)} --owner punctual`, { columns: 200 });
    expect(own.out).toMatch(/^STATE +DUE +GOAL +RUN +SCHEDULED/);
    expect(own.out).toMatch(/\nmissing .* cli-punctual /);
    expect(own.out).toMatch(/\nlate .* cli-punctual +cli-punctual:/);
  } finally {
    vi.useRealTimers();
  }
});
