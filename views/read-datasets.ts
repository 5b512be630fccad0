// What a run produced and used of datasets, as its history tells it.

import {
  type FoundPartition,
  type Produced,
  producedSchema,
  type Used,
  usedSchema,
} from '../goals/wire/datasets.ts';
import type { Run } from '../goals/wire/run-view.ts';

/** What a run's view shows of each. */
const SHOWN = 1_000;

export class DatasetReader {
  readonly #produced = new Map<string, Produced>();
  readonly #used = new Map<string, Used>();

  /** Of what it produced twice, the last word. */
  produced(given: unknown): void {
    const one = producedSchema.safeParse(given).data;
    if (one !== undefined) this.#produced.set(`${one.dataset} ${one.key}`, one);
  }

  /** The answer to a `use`. */
  used(answer: unknown): void {
    const { used } = (answer ?? {}) as Partial<Extract<FoundPartition, { used: unknown }>>;
    const one = usedSchema.safeParse(used).data;
    if (one !== undefined) this.#used.set(`${one.dataset} ${one.key} ${one.by.execution}`, one);
  }

  /** Left out where there are none. */
  get shown(): Pick<Run, 'produced' | 'used'> {
    const [produced, used] = [[...this.#produced.values()], [...this.#used.values()]];
    return {
      ...(produced.length === 0 ? {} : { produced: produced.slice(0, SHOWN) }),
      ...(used.length === 0 ? {} : { used: used.slice(0, SHOWN) }),
    };
  }
}
