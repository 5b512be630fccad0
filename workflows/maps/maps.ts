// What `map` of a pursuit does: one step of the run, whatever number of items it has.

import { workflowInfo } from '@temporalio/workflow';
import {
  type Goal,
  type Job,
  type LostItem,
  type MapOptions,
  type Pursuit,
  StepFailed,
} from '../../goals/index.ts';
import { isTolerated, mapInputs, shownInput } from '../../goals/map-call.ts';
import type { Failure } from '../../goals/wire/failure.ts';
import { itemsPrefix, LOST_ITEMS_SHOWN, type MapNote, numbersIn, type Ranges } from '../../goals/wire/map.ts';
import { patched, patches } from '../patches.ts';
import type { KeptResults } from '../steps/kept-results.ts';
import type { OpenStep } from '../steps/open-steps.ts';
import type { Steps } from '../steps/steps.ts';
import { writeMarker } from '../steps/write-marker.ts';
import { type ItemsEnd, itemsAtOnce, MapItems } from './map-items.ts';
import { mapShards } from './map-shards.ts';

interface Lost extends LostItem {
  failure: Failure;
}

/** Items, and events and bytes, of a map in its run's own history; beyond them its items go to shards. */
const RUN_ITEMS = 20_000;
const RUN_EVENTS = 2000;
const RUN_BYTES = 4 * 1024 * 1024;

/** And those of the whole history from which on all items do: Temporal ends a run with 51,200 events, or 50 MB. */
const LONG_EVENTS = 10_000;
const LONG_BYTES = 16 * 1024 * 1024;

export const mapping = (
  goal: Goal,
  steps: Steps,
  kept: KeptShards,
  deadline: number | null,
): Pursuit['map'] =>
  ((given: unknown, job: Job, options: MapOptions = {}) => {
    const begin = async (): Promise<unknown> => {
      const inputs = mapInputs(goal, given, job, options);
      if (steps.open.isDecided) return new Promise(() => undefined);
      return new Mapping(goal, steps, kept, deadline, inputs, job, options).run();
    };
    return steps.awaited.watchedToEnd(begin(), `the map of ${job?.name}`);
  }) as never;

/** What an earlier execution had done in shards. */
type KeptShards = Pick<KeptResults, 'takeShards'>;

class Mapping {
  readonly #goal: Goal;
  readonly #steps: Steps;
  readonly #kept: KeptShards;
  readonly #deadline: number | null;
  readonly #inputs: readonly unknown[];
  readonly #job: Job;
  readonly #options: MapOptions;
  readonly #step: OpenStep;
  readonly #order: number;
  readonly #prefix: string;
  readonly #outputs: unknown[] = [];
  readonly #lost: Lost[] = [];
  /** The first that was one too many. */
  #tooMany: Lost | null = null;

  constructor(
    goal: Goal,
    steps: Steps,
    kept: KeptShards,
    deadline: number | null,
    inputs: readonly unknown[],
    job: Job,
    options: MapOptions,
  ) {
    this.#goal = goal;
    this.#steps = steps;
    this.#kept = kept;
    this.#deadline = deadline;
    this.#inputs = inputs;
    this.#job = job;
    this.#options = options;
    this.#step = steps.open.begin('map', job.name);
    this.#order = steps.open.nextOrder();
    this.#prefix = itemsPrefix(this.#step.path, job.name);
  }

  async run(): Promise<unknown> {
    const kept = this.#takeKept();
    const left = kept === 0 ? null : this.#inputs.flatMap((_, i) => (i in this.#outputs ? [] : [i]));
    const count = left?.length ?? this.#inputs.length;
    const isLarge = count > RUN_ITEMS;
    if (isLarge || kept > 0) await this.#note({ kept });
    const inRun = isLarge ? null : this.#inRun(left);
    let end: ItemsEnd = inRun === null ? 'full' : await inRun.items.run();
    if (end === 'full') {
      if (!isLarge) await this.#note({ kept });
      const places = left ?? this.#inputs.map((_, i) => i);
      end = await this.#inShards(inRun?.unbegun() ?? places).finally(() => this.#steps.open.end(this.#step));
    }
    const isUntold = inRun?.items.hasBegun === false && !isLarge && kept === 0;
    if (this.#lost.length > 0 || isUntold) await this.#note(this.#losses(end === 'all'));
    if (end !== 'all') this.#fail();
    return this.#results();
  }

  /** What the execution before had done in shards; how many items that is. */
  #takeKept(): number {
    let count = 0;
    const inputsOf = (items: Ranges) => numbersIn(items).map((n) => this.#inputs[n - 1]);
    for (const { items, outputs, missing } of this.#kept.takeShards(
      this.#job.name,
      this.#prefix,
      this.#order,
      inputsOf,
    )) {
      const absent = new Set(missing);
      numbersIn(items).forEach((n, k) => {
        if (absent.has(k) || n - 1 in this.#outputs) return;
        try {
          this.#done(n - 1, outputs[k]);
          count++;
        } catch {
          // The job's contract was changed since: it runs again.
        }
      });
    }
    return count;
  }

  #inRun(left: readonly number[] | null) {
    const inputs = left === null ? this.#inputs : left.map((i) => this.#inputs[i]);
    const placeOf = (k: number): number => left?.[k] ?? k;
    const items = new MapItems(
      this.#steps,
      {
        ...{ job: this.#job, prefix: this.#prefix, inputs },
        total: this.#inputs.length,
        numberOf: (k) => placeOf(k) + 1,
      },
      { atOnce: itemsAtOnce(this.#job, this.#options.atOnce), fullAt: fullAt() },
      {
        done: (k, output) => {
          this.#outputs[placeOf(k)] = output;
        },
        lost: (k, failure) => this.#lose(placeOf(k), failure),
        // What is under way after a failure is the run's to end, as that of other steps is.
        drained: () => {
          if (!items.hasMore || items.isStopped) this.#steps.open.end(this.#step);
        },
      },
      this.#order,
    );
    return { items, unbegun: () => items.unbegun().map(placeOf) };
  }

  #inShards(left: readonly number[]): Promise<ItemsEnd> {
    const [step, inputs, deadline] = [this.#step.path, this.#inputs, this.#deadline];
    return mapShards(this.#steps, {
      ...{ goal: this.#goal, job: this.#job, step, inputs, left, deadline },
      atOnce: itemsAtOnce(this.#job, this.#options.atOnce),
      tolerate: this.#options.tolerate,
      done: (i, output) => this.#done(i, output),
      lost: (i, failure) => this.#lose(i, failure),
    });
  }

  /** Of a shard: reads an output by its schema, which may refuse it. */
  #done(i: number, output: unknown): void {
    const path = `${this.#prefix}#${i + 1}`;
    // As JSON has no undefined, a shard tells null, and null for null.
    const isNone =
      output === null && !(this.#job.output.safeParse(null).success && patched(patches.mapBounds));
    this.#outputs[i] = this.#steps.jobs.checked(this.#job, path, isNone ? undefined : output);
  }

  /** The loss that was one too many is the cause: others may have come in the same answer. */
  #fail(): void {
    const last = this.#lost.at(-1);
    if (last === undefined) return;
    const first = this.#tooMany ?? last;
    throw new StepFailed((first !== last && patched(patches.firstLoss) ? first : last).failure);
  }

  #lose(index: number, failure: Failure): boolean {
    const { code, message } = failure;
    const lost = { index, input: shownInput(this.#inputs[index]), code, message, failure };
    this.#lost.push(lost);
    const tolerated = isTolerated(
      this.#lost.map(({ code }) => code),
      this.#inputs.length,
      this.#options.tolerate,
    );
    if (!tolerated) this.#tooMany ??= lost;
    return tolerated;
  }

  #losses(tolerated: boolean) {
    if (this.#lost.length === 0) return {};
    const items = this.#lost
      .toSorted((a, b) => a.index - b.index)
      .slice(0, LOST_ITEMS_SHOWN)
      .map(({ index, code, message }) => ({ path: `${this.#prefix}#${index + 1}`, code, message }));
    return { end: { lost: this.#lost.length, tolerated, items } };
  }

  async #note(what: Partial<MapNote>): Promise<void> {
    const map = { step: this.#step.path, job: this.#job.name, total: this.#inputs.length, ...what };
    await writeMarker(this.#steps.turns, { map });
  }

  #results(): unknown {
    const results = Array.from(this.#inputs, (_, i) => this.#outputs[i]);
    if (this.#options.tolerate === undefined) return results;
    const lost = this.#lost.toSorted((a, b) => a.index - b.index).map(({ failure: _, ...rest }) => rest);
    return { results, lost };
  }
}

/** How long the history may grow by a map's own items. */
function fullAt(): { events: number; bytes: number } {
  const { historyLength, historySize } = workflowInfo();
  const [events, bytes] = [historyLength + RUN_EVENTS, historySize + RUN_BYTES];
  const isBounded = (events > LONG_EVENTS || bytes > LONG_BYTES) && patched(patches.mapBounds);
  return isBounded
    ? { events: Math.min(events, LONG_EVENTS), bytes: Math.min(bytes, LONG_BYTES) }
    : { events, bytes };
}
