import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleGoals } from '../../activities/bundle.ts';
import { runRecordSchema } from '../../goals/wire/run-record.ts';
import { runRecord } from '../../views/run-record.ts';
import { runView } from '../../views/run-view.ts';

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

const root = fileURLToPath(new URL('.', import.meta.url));
const versions = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());

for (const { name: version } of versions)
  describe(`histories recorded with ${version}`, () => {
    const folder = join(root, version);
    const names = readdirSync(folder)
      .filter((file) => file.endsWith('.history.json'))
      .map((file) => file.replace('.history.json', ''));
    const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const system = existsSync(join(folder, 'system')) ? readdirSync(join(folder, 'system')) : [];
    let bundle: WorkflowBundleWithSourceMap;
    /** By file: what its replay found, undefined when nothing. */
    const replayed = new Map<string, Error | undefined>();

    beforeAll(async () => {
      expect(names.length).toBeGreaterThan(3);
      bundle = await bundleGoals(join(folder, 'goals.ts'));
      const files = [
        ...names.map((name) => `${name}.history.json`),
        ...system.map((name) => `system/${name}`),
      ];
      const histories = files.map((file) => {
        const view = names.find((name) => file === `${name}.history.json`);
        // A run by its own ID, of which those of its leases are made.
        const id = view && (read(`${view}.view.json`) as { run: { id: string } }).run.id;
        return { history: read(file), workflowId: id ?? 'fake' };
      });
      let i = 0;
      for await (const { error } of Worker.runReplayHistories({ workflowBundle: bundle }, histories))
        replayed.set(files[i++] as string, error);
    }, 300_000);

    const expectReplayed = (file: string): void => {
      expect(replayed.has(file)).toBe(true);
      const error = replayed.get(file);
      if (error !== undefined) throw error;
    };

    test.each(names)('%s is told as it was told then', (name) => {
      const { run, errors } = read(`${name}.view.json`) as {
        run: { id: string; execution: string };
        errors: unknown[];
      };
      const { events } = historyFromJSON(read(`${name}.history.json`));
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
      const { run } = read(`${name}.view.json`) as { run: { id: string; execution: string } };
      const { events } = historyFromJSON(read(`${name}.history.json`));
      const { id, execution } = run;
      const record = runRecord({ id, execution, events: events ?? [], pendingActivities: [], now: 0 });
      const text = `${JSON.stringify(record, null, 2)}\n`;
      expect(JSON.parse(text)).toEqual(runRecordSchema.parse(record));
      await expect(text).toMatchFileSnapshot(join(folder, `${name}.record.json`));
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

    test('a history that the code would not have written is noticed', async () => {
      const texts = names.map((name) => readFileSync(join(folder, `${name}.history.json`), 'utf8'));
      const scheduled = texts.find((text) => /"activityId": *"act#2"/.test(text)) as string;
      const history = JSON.parse(scheduled.replaceAll('act#2', 'act#9'));
      await expect(Worker.runReplayHistory({ workflowBundle: bundle }, history)).rejects.toThrow(
        /[Nn]ondeterminism/,
      );
    });
  });
