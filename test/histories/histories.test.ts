import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleGoals } from '../../activities/bundle.ts';
import { runRecordSchema } from '../../goals/wire/run-record.ts';
import { runRecord } from '../../views/run-record.ts';
import { runView } from '../../views/run-view.ts';

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

const root = fileURLToPath(new URL('.', import.meta.url));
const versions = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());

const OTHER = 'with another step';

for (const { name: version } of versions)
  describe(`histories recorded with ${version}`, () => {
    const folder = join(root, version);
    const names = readdirSync(folder)
      .filter((file) => file.endsWith('.history.json'))
      .map((file) => file.replace('.history.json', ''));
    const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const system = existsSync(join(folder, 'system')) ? readdirSync(join(folder, 'system')) : [];
    /** What was wrong with the replay of each. */
    const errors = new Map<string, Error | undefined>();

    beforeAll(async () => {
      expect(names.length).toBeGreaterThan(3);
      const texts = names.map((name) => readFileSync(join(folder, `${name}.history.json`), 'utf8'));
      const scheduled = texts.find((text) => /"activityId": *"act#2"/.test(text)) as string;
      const histories: { file: string; workflowId: string; history: unknown }[] = [
        ...names.map((name) => {
          const { run } = read(`${name}.view.json`) as { run: { id: string } };
          // By its own ID, of which those of its leases are made.
          return { file: name, workflowId: run.id, history: read(`${name}.history.json`) };
        }),
        ...system.map((file) => ({ file, workflowId: file, history: read(join('system', file)) })),
        { file: OTHER, workflowId: OTHER, history: JSON.parse(scheduled.replaceAll('act#2', 'act#9')) },
      ];
      const workflowBundle = await bundleGoals(join(folder, 'goals.ts'));
      // By one worker: to begin one costs more than to replay a history.
      const results = Worker.runReplayHistories({ workflowBundle }, histories);
      for await (const { error } of results) errors.set(histories[errors.size]?.file ?? '', error);
      expect(errors.size).toBe(histories.length);
    });

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
      expect(errors.get(name)).toBeUndefined();
    });

    test.skipIf(system.length === 0).each(system)(
      "goalkeeper's own workflow in %s is replayed, too",
      (file) => {
        expect(errors.get(file)).toBeUndefined();
      },
    );

    test('a history that the code would not have written is noticed', () => {
      expect(errors.get(OTHER)?.message).toMatch(/[Nn]ondeterminism/);
    });
  });
