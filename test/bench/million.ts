// A map of a million items: whether it ends, in histories of a few thousand events, and what memory it takes of the worker
// and of the gateway, which is asked for the run's view all the while.

import { setTimeout as pause } from 'node:timers/promises';
import { MAP_SHARD } from '../../goals/wire/names.ts';
import { begin } from './begin.ts';
import { median } from './measure.ts';
import type { Stage } from './stage.ts';
import type { Result, Work } from './work.ts';

/** A few thousand. */
const MOST_EVENTS = 5_000;

/**
 * How much more memory the last third of the time may take than the one before. In the first, heaps grow to their size; that
 * takes longer than 100,000 items do.
 */
const FLAT = 1.2;

const MEMORIES = ['worker', 'gateway'] as const;
type Sample = Record<(typeof MEMORIES)[number], number>;

export const million: Work = async (stage, items) => {
  const handle = await begin(stage, 'bench-map', items);
  const began = performance.now();
  const samples: Sample[] = [];
  const ended = new AbortController();
  const run = handle.result().finally(() => ended.abort());
  const watched = watch(stage, handle.workflowId, samples, ended.signal);
  const [output] = await Promise.all([run, watched]);
  const seconds = (performance.now() - began) / 1000;
  const work = `map of ${items} items`;
  const row = (variant: string, value: number, unit: string, wanted: Result['wanted']): Result => ({
    ...{ work, variant, value, unit, ratio: null, against: '', wanted },
  });
  const third = Math.ceil(samples.length / 3);
  const { n } = (output as { output: { n: number } }).output;
  return [
    row('results', n, 'items', { least: items }),
    row('all', seconds, 's', {}),
    row('longest history', await longestHistory(stage, handle.workflowId), 'events', { most: MOST_EVENTS }),
    ...MEMORIES.map((of): Result => {
      const bytes = samples.map((sample) => sample[of]);
      const [before, last] = [median(bytes.slice(-2 * third, -third)), median(bytes.slice(-third))];
      const most = row(`most memory of the ${of}`, Math.max(...bytes) / 2 ** 20, 'MiB', { most: FLAT });
      return { ...most, ratio: last / before, against: 'last third against the one before' };
    }),
  ];
};

/** Asks for memory, and for the run as whoever watches it does, each second. */
async function watch(stage: Stage, id: string, samples: Sample[], ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const response = await fetch(`${stage.gateway}/runs/${id}`);
    if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
    samples.push({ worker: await stage.memory('worker'), gateway: await stage.memory('gateway') });
    await pause(1_000, undefined, { signal: ended }).catch(() => undefined);
  }
}

/** Of the run's history and those of all its shards, which is the longest? */
async function longestHistory({ client }: Stage, id: string): Promise<number> {
  let most = (await client.workflow.getHandle(id).describe()).historyLength;
  for await (const { historyLength } of client.workflow.list({ query: `WorkflowType = '${MAP_SHARD}'` }))
    most = Math.max(most, historyLength);
  return most;
}
