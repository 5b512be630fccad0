import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleGoals } from '../../activities/bundle.ts';
import { prepareWorkflowThreads } from '../../activities/workflow-threads.ts';
import type { Goal } from '../../goals/goal.ts';
import { runRecordSchema } from '../../goals/wire/run-record.ts';
import { LightUpdates } from '../../views/light-updates.ts';
import { runRecord } from '../../views/run-record.ts';
import { runView } from '../../views/run-view.ts';
import { bundled } from '../bundled.ts';
import '../quiet-runtime.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
const versions = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());

/** Older servers do not write it. */
const ownIdIn = (history: unknown): string | null | undefined =>
  historyFromJSON(history).events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId;

/** In place of a file: a history that the code would not have written. */
const ALTERED = 'altered';

const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** What a folder of a version has. */
function recordedIn(version: string) {
  const names = readdirSync(join(root, version))
    .filter((file) => file.endsWith('.history.json'))
    .map((file) => file.replace('.history.json', ''));
  const system = existsSync(join(root, version, 'system')) ? readdirSync(join(root, version, 'system')) : [];
  // Maps have no such step.
  const scheduled = names.find((name) =>
    /"activityId": *"act#2"/.test(readFileSync(join(root, version, `${name}.history.json`), 'utf8')),
  );
  return { version, names, system, scheduled };
}
type Recorded = ReturnType<typeof recordedIn>;

/** Hosts whose light runs were told. */
const hostsIn = ({ version, system }: Recorded): string[] =>
  system.flatMap((file) => {
    const host = file.replace('.history.json', '');
    return existsSync(join(root, version, `${host}.light.json`)) ? [host] : [];
  });

const all = versions.map(({ name }) => recordedIn(name));

/** By path: what its replay found, undefined when nothing. */
const replayed = new Map<string, Error | undefined>();

/** Versions whose goals have no name in common, and so may be in one bundle: each more would cost seconds. */
async function bundledTogether(): Promise<Recorded[][]> {
  const groups: { versions: Recorded[]; goals: Set<string> }[] = [];
  for (const one of all) {
    const { default: goals } = (await import(join(root, one.version, 'goals.ts'))) as { default: Goal[] };
    const names = goals.map(({ name }) => name);
    const fitting = groups.find((group) => !names.some((name) => group.goals.has(name)));
    if (fitting === undefined) groups.push({ versions: [one], goals: new Set(names) });
    else {
      fitting.versions.push(one);
      for (const name of names) fitting.goals.add(name);
    }
  }
  return groups.map((group) => group.versions);
}

async function replay(group: readonly Recorded[]): Promise<void> {
  const modules = group.map(({ version }) => JSON.stringify(join(root, version, 'goals.ts')));
  // Where it lies does not change, so that its bundle is found in the cache.
  const module = join(root, '../../node_modules/.cache', `histories-${group[0]?.version}.mjs`);
  mkdirSync(dirname(module), { recursive: true });
  writeFileSync(
    module,
    `${modules.map((path, i) => `import goals${i} from ${path};\n`).join('')}export default [${modules.map((_, i) => `...goals${i}`).join(', ')}];\n`,
  );
  const histories = group.flatMap(({ version, names, system, scheduled }) => {
    const runs = names.map((name) => {
      // A run by its own ID, of which those of its leases and shards are made.
      const { run } = read(`${version}/${name}.view.json`) as { run: { id: string } };
      const path = `${version}/${name}.history.json`;
      return { path, history: read(path), workflowId: run.id };
    });
    const altered = runs
      .filter(({ path }) => path === `${version}/${scheduled}.history.json`)
      .map(({ history, workflowId }) => ({
        path: `${version}/${ALTERED}`,
        history: JSON.parse(JSON.stringify(history).replaceAll('act#2', 'act#9')) as unknown,
        workflowId,
      }));
    const own = system.map((name) => {
      const path = `${version}/system/${name}`;
      const history = read(path);
      return { path, history, workflowId: ownIdIn(history) ?? 'fake' };
    });
    return [...runs, ...altered, ...own];
  });
  await bundled(module);
  const workflowBundle = await bundleGoals(module);
  let i = 0;
  // In a thread, as a worker's: what is set right in it must not change what a run does.
  const options = { workflowBundle, debugMode: false, workflowThreadPoolSize: 1 };
  for await (const { error } of Worker.runReplayHistories(options, histories))
    replayed.set(histories[i++]?.path ?? '', error);
}

beforeAll(async () => {
  prepareWorkflowThreads();
  for (const group of await bundledTogether()) await replay(group);
}, 600_000);

for (const recorded of all) {
  const { version, names, system, scheduled } = recorded;
  const hosts = hostsIn(recorded);
  describe(`histories recorded with ${version}`, () => {
    test('there are some', () => expect(names.length + system.length).toBeGreaterThan(0));

    // visibility.2, keep-standing.1: older code wrote these histories, and had other goals.
    const expectReplayed = (file: string): void => {
      expect(replayed.has(`${version}/${file}`)).toBe(true);
      const error = replayed.get(`${version}/${file}`);
      if (error !== undefined) throw error;
    };

    test.each(names)('%s is told as it was told then', (name) => {
      const { run, errors } = read(`${version}/${name}.view.json`) as {
        run: { id: string; execution: string };
        errors: unknown[];
      };
      const { events } = historyFromJSON(read(`${version}/${name}.history.json`));
      const story = runView({
        id: run.id,
        execution: run.execution,
        events: events ?? [],
        pendingActivities: [],
        now: 0,
      });
      // A later version may tell more.
      expect(JSON.parse(JSON.stringify({ run: story.run, errors: story.errors }))).toMatchObject({
        run,
        errors,
      });
    });

    test.each(names)('the record of %s is what it was then, and fits its schema', async (name) => {
      const { run } = read(`${version}/${name}.view.json`) as { run: { id: string; execution: string } };
      const { events } = historyFromJSON(read(`${version}/${name}.history.json`));
      const { id, execution } = run;
      const record = runRecord({ id, execution, events: events ?? [], pendingActivities: [], now: 0 });
      const text = `${JSON.stringify(record, null, 2)}\n`;
      expect(JSON.parse(text)).toEqual(runRecordSchema.parse(record));
      await expect(text).toMatchFileSnapshot(join(root, version, `${name}.record.json`));
    });

    test.each(names)("%s is replayed by today's workflow code without a difference", (name) => {
      expectReplayed(`${name}.history.json`);
    });

    test.skipIf(system.length === 0).each(system)(
      "goalkeeper's own workflow in %s is replayed, too",
      (file) => {
        expectReplayed(`system/${file}`);
      },
    );

    test.skipIf(hosts.length === 0).each(hosts)(
      'the light runs of %s are told as they were told then',
      (host) => {
        const { events } = historyFromJSON(read(`${version}/system/${host}.history.json`));
        const runs = new LightUpdates().add([...(events ?? [])].reverse());
        expect(JSON.parse(JSON.stringify(runs))).toMatchObject(
          read(`${version}/${host}.light.json`) as object,
        );
      },
    );

    test.skipIf(scheduled === undefined)('a history that the code would not have written is noticed', () => {
      expect(replayed.get(`${version}/${ALTERED}`)?.message).toMatch(/[Nn]ondeterminism/);
    });
  });
}
