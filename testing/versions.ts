// The versions of partitions that the runs of a simulation find: those that its test gives, and those that its runs made.

import type { Produced, Used } from '../goals/wire/datasets.ts';
import { runKey } from '../goals/wire/run-id.ts';
import type { SimulateOptions } from './options.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The versions that runs of a simulation find, by dataset and partition. */
export class SimulatedVersions {
  readonly #latest = new Map<string, Omit<Used, 'dataset' | 'team' | 'partition' | 'key'>>();
  readonly #given: NonNullable<SimulateOptions['datasets']>;
  readonly #time: VirtualTime;

  constructor({ datasets = {} }: SimulateOptions, time: VirtualTime) {
    this.#given = datasets;
    this.#time = time;
  }

  /** A run was achieved that had produced it. */
  made({ dataset, key, team: _, partition: __, ...described }: Produced, goal: string, run: string): void {
    const by = { goal, run, execution: 'simulated' };
    this.#latest.set(`${dataset} ${key}`, { ...described, by, at: this.#time.iso });
  }

  find(sought: Pick<Used, 'dataset' | 'team' | 'partition' | 'key'>, parts: readonly string[]): Used | null {
    const made = this.#latest.get(`${sought.dataset} ${sought.key}`);
    if (made !== undefined) return { ...sought, ...made };
    const given = (this.#given[sought.dataset] ?? []).findLast(
      ({ partition = {} }) => runKey(partition, parts).id === sought.key,
    );
    if (given === undefined) return null;
    const { partition: _, ...described } = given;
    const by = { goal: 'given', run: 'given:simulated', execution: 'simulated' };
    return { ...sought, ...described, by, at: new Date(this.#time.startedAt).toISOString() };
  }
}
