// A run needs a goal that was light in the release before: what a host knows as achieved is not pursued again.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { bind } from 'goalkeeper/worker';
import { expect, test } from 'vitest';
import { bundleGoals } from '../../../../activities/bundle.ts';
import { publish } from '../../../../goals/publish.ts';
import { aboutGoal, parseLightExecution } from '../../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../../../../goals/wire/names.ts';
import { startRun } from '../../../../process/start-run.ts';
import { fresh, Workbench } from '../../workbench.ts';
import first, { neededIn, noted } from './goals.ts';
import second, { needing } from './second/goals.ts';

const folder = fileURLToPath(new URL('./', import.meta.url));

test('a key that was achieved by a light run is achieved for whoever needs it, when its goal is light no more, and one that was not is pursued', async () => {
  const bench = await Workbench.open();
  try {
    const { client, taskQueue } = bench;
    const begun: string[] = [];
    const note = async ({ key }: { key: string }) => {
      begun.push(key);
      return {};
    };
    const jobs = [bind(noted, note)];
    const light = neededIn(true);
    const before = await bench.worker(join(folder, 'goals.ts'), first, jobs);
    // On a busy machine a quick call takes long: whether it is plain is not told by the clock.
    await client.workflow.start(LIGHT_HOST, {
      ...{ workflowId: lightHostId(light.name, 0), taskQueue },
      args: [
        { gk: 1, goal: light.name, about: aboutGoal(light), n: 0, hosts: 1, plainMs: 20_000, earlier: null },
      ],
    });
    const [known, unknown] = [fresh('known'), fresh('unknown')];
    const { execution } = await startRun(
      { client, call: (make) => make(client.workflowService) },
      {
        publication: publish(light, { taskQueue, deployment: taskQueue, version: 1 }),
        input: { key: known },
        why: { kind: 'request', at: new Date().toISOString(), by: null, reason: null, ref: null },
      },
    );
    expect(parseLightExecution(execution)).not.toBeNull();
    await before.stop();

    const goalsModule = join(folder, 'second/goals.ts');
    await bench.worker(goalsModule, second, jobs);
    for (const key of [known, unknown]) {
      const handle = await bench.start(needing, { key });
      expect((await bench.closed(handle)).run).toMatchObject({ outcome: 'achieved' });
      // A worker that started without knowing replays it as it was.
      const history = await handle.fetchHistory();
      await Worker.runReplayHistory(
        { workflowBundle: await bundleGoals(goalsModule) },
        history,
        handle.workflowId,
      );
      expect(history.events?.some((event) => event.startChildWorkflowExecutionInitiatedEventAttributes)).toBe(
        false,
      );
    }
    expect(begun).toEqual([known, unknown]);
    expect((await client.workflow.getHandle(`${light.name}:${unknown}`).describe()).status.name).toBe(
      'COMPLETED',
    );
  } finally {
    await bench.close();
  }
}, 60_000);
