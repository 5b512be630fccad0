// The trigger by which a goal starts after a partition of a dataset was produced.

import type { Goal } from './goal.ts';
import type { NamedDataset } from './named-dataset.ts';
import type { TriggerKind } from './trigger.ts';
import { mayUse } from './wire/between-goals.ts';
import { GOAL_NAME } from './wire/run-id.ts';

const FIRST_NAMES = ['partition', 'rows', 'bytes', 'digest', 'version', 'where', 'run', 'goal', 'key'];

/** Options of `updated`. */
export interface UpdatedOptions {
  /**
   * By field of the goal's input: a path into `{ partition, rows, bytes, digest, version, where, run, goal, key }` of what was produced,
   * such as `{ day: 'partition.day', rows: 'rows' }`. `run`, `goal` and `key` are those of the run that produced it. A field whose path
   * finds nothing is left out.
   * @default {}
   */
  input?: Readonly<Record<string, string>>;
}

/** A trigger that starts a run for each partition of a dataset that an achieved run has produced. */
export interface DatasetTrigger {
  readonly kind: 'dataset';
  readonly dataset: string;
  readonly team: string;
  readonly isOpenTo: (team: string) => boolean;
  readonly input: Readonly<Record<string, string>>;
}

/**
 * A trigger for `on: [...]` of a goal: each partition of the dataset that an achieved run has produced starts a run.
 *
 * @example
 * ```ts
 * import { dataset, updated } from 'goalkeeper';
 *
 * const orders = dataset({ name: 'orders', team: 'shop', description: 'Orders', partition: ['day'] });
 *
 * export const on = [updated(orders, { input: { day: 'partition.day', rows: 'rows' } })];
 * ```
 */
export const updated = (dataset: NamedDataset, { input = {} }: UpdatedOptions = {}): DatasetTrigger => ({
  kind: 'dataset',
  dataset: dataset?.name,
  team: dataset?.team,
  isOpenTo: (team) => mayUse(dataset, team),
  input,
});

export const updatesOf = ({ on }: Pick<Goal, 'on'>): DatasetTrigger[] =>
  on.filter((trigger): trigger is DatasetTrigger => trigger.kind === 'dataset');

export const datasetKind: TriggerKind = {
  whyKind: 'outcome',
  issues: (goal) => updatesOf(goal).flatMap((trigger) => issuesOfUpdated(goal, trigger)),
  publish(goal) {
    const updates = updatesOf(goal).map(({ dataset, team, input }) => ({
      dataset,
      team,
      input: { ...input },
    }));
    return updates.length === 0 ? {} : { updates };
  },
};

function issuesOfUpdated(goal: Goal, { dataset, team, isOpenTo, input }: DatasetTrigger): string[] {
  if (typeof dataset !== 'string' || !GOAL_NAME.test(dataset))
    return ['is started by an update of what is not a dataset; make it with `dataset({ … })`'];
  const found = isOpenTo(goal.team)
    ? []
    : [
        `is started by updates of '${dataset}', which the team '${team}' has not opened to '${goal.team}'; add it there to \`usableBy\``,
      ];
  for (const [field, path] of Object.entries(input))
    if (typeof path !== 'string' || !FIRST_NAMES.includes(path.split('.')[0] as string))
      found.push(
        `takes its input's '${field}' from '${path}'; a path begins with one of ${FIRST_NAMES.join(', ')}`,
      );
  return found;
}
