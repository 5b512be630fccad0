// What a run that goes on from a failed execution keeps of it: the nth use of a job with the same
// canonical input takes the nth recorded success. What no longer matches simply runs.
//
// kept-results.1. A result is taken once.
// kept-results.2. Which steps took one is in the history before the run closes, and never later than at the end of a workflow task.

import {
  CancellationScope,
  condition,
  isCancellation,
  log,
  proxyLocalActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { type Job, StepFailed } from '../../goals/index.ts';
import { readOutput } from '../../goals/read-output.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import type { LightSeed, UnfinishedStep } from '../../goals/wire/light.ts';
import { keptShardSchema, type Ranges, shardDigest, shardJob, shardPath } from '../../goals/wire/map.ts';
import { activityNames } from '../../goals/wire/names.ts';
import {
  type KeptResult,
  keptPageSchema,
  type Resume,
  type Taken,
  withSupplied,
} from '../../goals/wire/resume.ts';
import { inputDigest } from '../../goals/wire/run-id.ts';
import { MAY_BE_STORED_BYTES } from '../../goals/wire/stored.ts';
import { patched, patches } from '../patches.ts';
import { outputFailure, unreadable } from './step-failure.ts';
import type { Turns } from './turns.ts';
import { writeMarker } from './write-marker.ts';

const local = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '500ms', maximumInterval: '30s', maximumAttempts: 20 },
});

/** Steps in one event. */
const STEPS_AT_ONCE = 1000;

export class KeptResults {
  readonly #results = new Map<string, KeptResult[]>();
  #unfinished: UnfinishedStep[] = [];
  #supplied: ReadonlySet<number> = new Set();
  /** Whether it knows what is kept. */
  isRead = false;
  #taken: Taken = [];
  #writing: Promise<void> | null = null;
  readonly #turns: Turns;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** Reads what is kept into the workflow's memory; page by page, as one event cannot hold it all. */
  async read(resume: Resume): Promise<void> {
    const results: KeptResult[] = [];
    try {
      for (let at: number | null = resume.seed ? 0 : null; at !== null; ) {
        const page = keptPageSchema.parse(
          await this.#turns.answer(
            local[activityNames.keptResults]({ from: resume.from, exclude: resume.exclude, at }),
          ),
        );
        results.push(...page.results);
        const [first] = page.results;
        if (first !== undefined && jsonBytes(first) > MAY_BE_STORED_BYTES && patched(patches.stored))
          await writeMarker(this.#turns, {
            kept: { ...page, results: page.results.map(({ output: _, ...rest }) => rest) },
          });
        at = page.next;
        // Ends the workflow task: the pages of one task would travel in one message, which may be too large.
        if (at !== null) await sleep(1);
      }
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { cause, message } = error as Error;
      throw new StepFailed(unreadable(resume.from, cause instanceof Error ? cause.message : message));
    }
    this.isRead = true;
    this.#supplied = new Set(resume.supply.map(({ n }) => n));
    this.#add(withSupplied(results, resume.supply, workflowInfo().runId));
  }

  /** Takes what a light run did, which this run goes on from. */
  sow({ results, unfinished }: LightSeed): void {
    this.isRead = true;
    this.#unfinished = [...unfinished];
    this.#add(results);
  }

  /** What a step goes on with that the light run had begun. Taken once. */
  left(job: string, path: string, input: unknown): UnfinishedStep | null {
    if (this.#unfinished.length === 0) return null;
    const digest = inputDigest(input);
    const found = this.#unfinished.findIndex(
      (one) => one.job === job && one.path === path && one.input === digest,
    );
    return found < 0 ? null : (this.#unfinished.splice(found, 1)[0] ?? null);
  }

  #add(results: readonly KeptResult[]): void {
    for (const result of results) {
      const key = keyOf(result.job, result.input);
      const same = this.#results.get(key);
      if (same === undefined) this.#results.set(key, [result]);
      else same.push(result);
    }
  }

  /** The result that a step takes; null when it must run. A supplied one that does not fit fails the step. */
  take(
    job: Pick<Job, 'name' | 'output'>,
    path: string,
    order: number,
    input: unknown,
  ): { output: unknown } | null {
    if (this.#results.size === 0) return null;
    // kept-results.1
    const result = this.#results.get(keyOf(job.name, inputDigest(input)))?.shift();
    if (result === undefined) return null;
    const output = readOutput(job, result.output);
    if (output.success) {
      this.#took({ path, order, n: result.n });
      return { output: output.data };
    }
    // The job's contract was changed since.
    if (!this.#supplied.has(result.n)) return null;
    throw new StepFailed(outputFailure(path, job.name, z.prettifyError(output.error)));
  }

  /** What shards of a map did over the same items: all that is kept of it, and no item twice. */
  takeShards(
    job: string,
    prefix: string,
    order: number,
    inputsOf: (items: Ranges) => unknown[],
  ): z.infer<typeof keptShardSchema>[] {
    const taken: z.infer<typeof keptShardSchema>[] = [];
    for (const results of this.#results.values())
      for (const result of results.filter((one) => one.job === shardJob(job))) {
        const shard = keptShardSchema.safeParse(result.output).data;
        if (shard === undefined || shardDigest(shard.items, inputsOf(shard.items)) !== result.input) continue;
        results.splice(results.indexOf(result), 1);
        taken.push(shard);
        const [first, last] = [shard.items[0]?.[0] ?? 0, shard.items.at(-1)?.[1] ?? 0];
        this.#took({ path: shardPath(prefix, first, last), order, n: result.n });
      }
    return taken;
  }

  #took(one: Taken[number]): void {
    this.#taken.push(one);
    // kept-results.2
    this.#writing ??= CancellationScope.nonCancellable(() => this.#write());
  }

  /** Resolves when every step that took a result is in the history. */
  async written(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async #write(): Promise<void> {
    // Conditions are looked at once all that could go on has gone on: the steps of one go share an event.
    let isDone = false;
    const done = condition(() => isDone);
    isDone = true;
    await done;
    try {
      while (this.#taken.length > 0)
        await this.#turns.answer(local[activityNames.keptSteps](this.#taken.splice(0, STEPS_AT_ONCE)));
    } catch (error) {
      log.warn('which steps took a kept result could not be written into the history', { error });
    }
    this.#writing = null;
  }
}

const keyOf = (job: string, input: string): string => `${job}\n${input}`;
