// `produce` and `use` of a simulated run: what was produced before, the test says; what needed runs produce is added.

import { ProducedPartitions, producedOf, soughtOf, usedPartition } from '../goals/dataset-uses.ts';
import { type Pursuit, StepFailed, type UsedPartition } from '../goals/index.ts';
import { shownPartition } from '../goals/wire/datasets.ts';
import { DatasetReader } from '../views/read-datasets.ts';
import type { SimulatedSteps } from './steps.ts';
import type { SimulatedVersions } from './versions.ts';

export class SimulatedDatasets {
  readonly #steps: SimulatedSteps;
  readonly #versions: SimulatedVersions;
  readonly #produced = new ProducedPartitions();
  readonly #reader = new DatasetReader();

  constructor(steps: SimulatedSteps, versions: SimulatedVersions) {
    this.#steps = steps;
    this.#versions = versions;
  }

  readonly produce: Pursuit['produce'] = (dataset, made) =>
    this.#steps.step(`produce ${String(dataset?.name)}`, null, made, async () => {
      const produced = producedOf(this.#steps.of.goal, dataset, made);
      this.#produced.add(produced);
      this.#reader.produced(produced);
    });

  readonly use: Pursuit['use'] = (dataset, ...[partition]) =>
    this.#steps.step(`use ${String(dataset?.name)}`, null, partition, async (): Promise<UsedPartition> => {
      const { goal, failures } = this.#steps.of;
      const sought = soughtOf(goal, dataset, partition);
      const used = this.#versions.find(sought, dataset.partition);
      if (used === null) {
        const shown = `the partition ${shownPartition(sought.partition)} of the dataset '${sought.dataset}'`;
        const message = `uses ${shown}, which no achieved run has produced; say that one has: datasets: { '${sought.dataset}': [{ … }] }`;
        throw new StepFailed(failures.partitionFailure('partition_missing', message));
      }
      this.#reader.used({ used });
      return usedPartition(used);
    });

  /** The run is achieved: what it produced counts. */
  achieved(): void {
    const { goal, run } = this.#steps.of;
    for (const produced of this.#produced.all) this.#versions.made(produced, goal.name, run);
  }

  get shown(): DatasetReader['shown'] {
    return this.#reader.shown;
  }
}
