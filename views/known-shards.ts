// Shards of maps in a run's history: each is kept as if it were a step, which has its place whether or not it can be read.

import type { temporal } from '@temporalio/proto';
import {
  itemsPrefix,
  type MapNote,
  type ShardTerms,
  shardDigest,
  shardJob,
  shardPath,
  shardResultSchema,
  shardTermsSchema,
} from '../goals/wire/map.ts';
import { activityNames, MAP_SHARD } from '../goals/wire/names.ts';
import { notedSchema, storedSchema } from '../goals/wire/stored.ts';
import type { KnownStep } from './known-step.ts';
import { localActivity } from './local-activity.ts';
import { firstValue } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** What a run notes of a map before its first shard. */
export function mapIn(event: Event): MapNote | undefined {
  const local = localActivity(event);
  return local?.type === activityNames.note ? notedSchema.safeParse(local.result).data?.map : undefined;
}

export interface Shard {
  /** The child's workflow ID. One that could not be started at once is initiated again, under the same. */
  id: string;
  /** `stored` where they lie in storage, from which the gateway does not fetch; null where they are none. */
  terms: ShardTerms | 'stored' | null;
}

export function shardIdIn(event: Event): string | null {
  const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
  return initiated?.workflowType?.name === MAP_SHARD ? (initiated.workflowId ?? '') : null;
}

export function shardIn(event: Event): Shard | null {
  const id = shardIdIn(event);
  if (id === null) return null;
  const told = firstValue(event.startChildWorkflowExecutionInitiatedEventAttributes?.input);
  return { id, terms: isStored(told) ? 'stored' : (shardTermsSchema.safeParse(told).data ?? null) };
}

const isStored = (told: unknown): boolean => storedSchema.safeParse(told).success;

/**
 * A shard of a map is kept as if it were a step. One that is not read has its place among them all the same: places are
 * counted by whoever fetches what is stored, too.
 */
export function shardStep({ id, terms }: Shard, jobs: ReadonlyMap<string, string>) {
  if (terms === null || terms === 'stored')
    return { step: null, job: shardJob(jobs.get(mapOf(id)) ?? ''), input: '' };
  const { step, job, items, inputs } = terms;
  const path = shardPath(itemsPrefix(step, job), items[0]?.[0] ?? 0, items.at(-1)?.[1] ?? 0);
  return { step: path, job: shardJob(job), input: shardDigest(items, inputs) };
}

/** The map of a shard, by its ID: see `mapShardId`. */
const mapOf = (id: string): string => `map#${/:(\d+)\.[^:]*$/.exec(id)?.[1] ?? ''}`;

/** What is kept of a shard that has ended; of what lies in storage, that it is there. */
export function shardResult({ terms }: Shard, told: unknown): KnownStep['result'] {
  const result = isStored(told) ? 'stored' : shardResultSchema.safeParse(told).data;
  if (terms === null || result === undefined) return null;
  if (terms === 'stored' || result === 'stored') return { output: told };
  const { outputs, missing } = result;
  return { output: { items: terms.items, outputs, missing } };
}
