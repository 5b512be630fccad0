// `produce` and `use`: which partitions of datasets a run makes, and of which it lives. Both stand in its history.
//
// run-datasets.1. The partitions that an achieved run has produced are in the books before the run closes.

import { CancellationScope, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import { ProducedPartitions, producedOf, soughtOf, usedPartition } from '../../goals/dataset-uses.ts';
import { type Goal, type Pursuit, StepFailed, type UsedPartition } from '../../goals/index.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames } from '../../goals/wire/names.ts';
import { partitionFailure } from '../steps/step-failure.ts';
import type { Steps } from '../steps/steps.ts';
import { writeMarker } from '../steps/write-marker.ts';

const { [activityNames.usePartition]: find } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '45s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

// run-datasets.1: as often as it takes.
const { [activityNames.reportProduced]: report } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

export class RunDatasets {
  readonly #goal: Goal;
  readonly #produced = new ProducedPartitions();

  constructor(goal: Goal) {
    this.#goal = goal;
  }

  /** The functions of `pursue`. */
  of(steps: Steps): Pick<Pursuit, 'produce' | 'use'> {
    const produce: Pursuit['produce'] = (dataset, made) =>
      steps.aside(nameOf('produce', dataset), async () => {
        const produced = producedOf(this.#goal, dataset, made);
        this.#produced.add(produced);
        await writeMarker(steps.turns, { produced });
      });
    const use: Pursuit['use'] = (dataset, ...[partition]) =>
      steps.aside(nameOf('use', dataset), async (): Promise<UsedPartition> => {
        const sought = soughtOf(this.#goal, dataset, partition);
        const user = { ...this.#execution, team: this.#goal.team };
        const found = await steps.turns.answer(find({ ...sought, user }));
        if ('used' in found) return usedPartition(found.used);
        const { why, message } = found.missing;
        throw new StepFailed(
          partitionFailure(why === 'not-open' ? 'dataset_not_open' : 'partition_missing', message),
        );
      });
    return { produce, use };
  }

  get isAny(): boolean {
    return this.#produced.all.length > 0;
  }

  /** run-datasets.1: the run is about to close as achieved. */
  async report(): Promise<void> {
    const at = new Date().toISOString();
    const made = this.#produced.all.map((produced) => ({ ...produced, by: this.#execution, at }));
    await CancellationScope.nonCancellable(() => report(made));
  }

  get #execution() {
    const { workflowId: run, runId: execution } = workflowInfo();
    return { goal: this.#goal.name, run, execution };
  }
}

const nameOf = (what: string, dataset: { name?: unknown } | undefined): string =>
  `${what} ${String(dataset?.name)}`;
