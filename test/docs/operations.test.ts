import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { exportedBy, type Metric } from '../deploy/prometheus/exported.ts';
import goals, { judged } from '../engine/goals.ts';
import { jobs } from '../engine/jobs.ts';
import { fresh, Workbench } from '../engine/workbench.ts';
import { gatewayForTest } from '../gateway/workbench.ts';
import { temporalAddress } from '../temporal-address.ts';

const page = await readFile('docs/guide/operations.md', 'utf8');
const rowsWith = (start: string): string[][] =>
  page
    .split('\n')
    .filter((line) => line.startsWith(`| \`${start}`))
    .map((line) => line.split('|').map((cell) => cell.trim()));

test('its list of metrics is what a gateway and a worker tell: names, types, labels', async () => {
  const bench = await Workbench.open();
  onTestFinished(() => bench.close());
  const module = fileURLToPath(new URL('../engine/goals.ts', import.meta.url));
  const more = { metrics: { port: 0 } };
  const worker = await bench.worker(module, goals, jobs, bench.taskQueue, {}, more);
  await bench.pursue(judged, { key: fresh('k'), rows: 1, drift: 0 });
  const gateway = await gatewayForTest(temporalAddress);
  const ours = await exportedBy(worker.metricsUrl as string);
  let theirs: Metric[] = [];
  // As long as Temporal does not answer in time, it tells nothing but that.
  await expect
    .poll(
      async () => {
        theirs = await exportedBy(gateway.url);
        return theirs.map(({ name }) => name);
      },
      { timeout: 60_000 },
    )
    .toContain('goalkeeper_goal_open_runs');
  const told = [...ours, ...theirs];
  const listed = rowsWith('goalkeeper_').map(([, name = '', type = '', labels = '']): Metric => {
    const bare = (text: string) => [...text.matchAll(/`(\w+)`/g)].map(([, word]) => word as string);
    return { name: bare(name)[0] as string, type, labels: bare(labels) };
  });
  const named = (metrics: Metric[]) => metrics.map(({ name, type }) => `${name} ${type}`).sort();
  expect(named(listed)).toEqual(named(told));
  for (const { name, labels } of told)
    if (labels.length > 0)
      expect([name, listed.find((one) => one.name === name)?.labels.sort()]).toEqual([name, labels.sort()]);
});

test('its table of what to look at first has every alert of the rules', async () => {
  const rules = await readFile('deploy/prometheus/rules.yml', 'utf8');
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => `\`${name}\``);
  expect(rowsWith('Goalkeeper').map(([, name]) => name)).toEqual(alerts);
});

test('the files that it shows or names are there, and as it shows them', async () => {
  const shown = [...page.matchAll(/<!-- file: (\S+) -->\n```\w+\n([\s\S]*?)```/g)];
  expect(shown).toHaveLength(1);
  for (const [, path = '', text] of shown) expect(text).toBe(await readFile(path, 'utf8'));
  for (const [, path = ''] of page.matchAll(/`((?:deploy|activities|test)\/[\w./-]+)`/g))
    expect([path, existsSync(path)]).toEqual([path, true]);
});

test('every environment variable that it names is read somewhere', async () => {
  const folders = ['activities', 'gateway', 'process', 'goals/wire', 'deploy/local'];
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder, { recursive: true }))
        .filter((file) => file.endsWith('.ts'))
        .map((file) => `${folder}/${file}`),
    ),
  );
  // Some names are made of parts in the code; a test compares this page with what the code reads.
  const named = [...files.flat(), 'docs/reference/configuration.md'];
  const code = (await Promise.all(named.map((file) => readFile(file, 'utf8')))).join('\n');
  const names = new Set(
    [...page.matchAll(/`((?:GOALKEEPER|METRICS|TEMPORAL|LOG)_[A-Z_]+)[=`]/g)].map(([, name]) => name),
  );
  expect(names.size).toBeGreaterThan(8);
  expect([...names].filter((name) => !code.includes(name as string))).toEqual([]);
});
