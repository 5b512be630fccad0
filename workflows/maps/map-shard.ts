// A shard: some items of a map whose run has more of them than one history holds well.

import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { goalNamed } from '../../goals/goal-named.ts';
import { type Goal, type Job, StepFailed } from '../../goals/index.ts';
import { isTolerated } from '../../goals/map-call.ts';
import { jsonBytes, type Ledger } from '../../goals/wire/ledger.ts';
import {
  type FailingItems,
  itemOf,
  itemsPrefix,
  numbersIn,
  type ShardReport,
  type ShardResult,
  type ShardTerms,
  shardResultSchema,
  shardTermsSchema,
} from '../../goals/wire/map.ts';
import { LARGEST_BYTES } from '../../goals/wire/stored.ts';
import type { OpenStep, StepObserver } from '../steps/open-steps.ts';
import { readFailingItems, readPendingLedgers } from '../steps/pending-ledgers.ts';
import { outputTooLarge } from '../steps/step-failure.ts';
import { Steps } from '../steps/steps.ts';
import { Turns } from '../steps/turns.ts';
import { type ItemsEnd, MapItems } from './map-items.ts';
import { ShardReporter } from './shard-reporter.ts';

/** Events, and bytes, from which on it goes on in a history of its own. */
const FULL_EVENTS = 3000;
const FULL_BYTES = 4 * 1024 * 1024;

/** Bytes of errors that one tells at a time whose run began before it told of what is new only. */
const TOLD_BYTES = 48 * 1024;

/** Bytes of JSON of the outputs that it holds: one payload, beside which there is what was lost. */
const HELD_BYTES = 1.5 * LARGEST_BYTES;

/** How long it waits for its jobs once it is cancelled: less than its run waits for it. */
const CLOSING_MS = 8000;

export async function mapShard(
  goals: readonly Goal[],
  given: unknown,
  before: unknown,
): Promise<ShardResult> {
  const terms = shardTermsSchema.safeParse(given);
  if (!terms.success)
    throw ApplicationFailure.nonRetryable(`the terms of a shard are wrong: ${z.prettifyError(terms.error)}`);
  const goal = goalNamed(goals, terms.data.goal);
  const job = goal?.jobs.find(({ name }) => name === terms.data.job);
  // As of a goal that the worker does not know: another that does may be on its way.
  if (goal === undefined || job === undefined)
    throw new Error(`this worker has no goal '${terms.data.goal}' with a job '${terms.data.job}'`);
  // Outputs travel on as they came: it is the run that reads them by their schema.
  const unread: Job = { ...job, output: z.unknown() };
  const done = shardResultSchema.safeParse(before).data ?? null;
  return new Shard({ ...goal, jobs: [unread] }, unread, terms.data, done).run();
}

const NEVER_HELD = { isHeld: false, released: () => Promise.resolve() };
const NOTHING_KEPT = { take: () => null, left: () => null };

class Shard {
  readonly #job: Job;
  readonly #terms: ShardTerms;
  readonly #result: ShardResult;
  readonly #numbers: number[];
  readonly #steps: Steps;
  readonly #items: MapItems;
  readonly #missing: Set<number>;
  /** Places of the items that begin in this history. */
  readonly #left: number[];
  readonly #ledgers = new Map<string, Ledger>();
  readonly #turns = new Turns();
  #outputBytes: number;
  readonly #telling: ShardReporter;
  #hasStopped = false;

  constructor(goal: Goal, job: Job, terms: ShardTerms, before: ShardResult | null) {
    this.#job = job;
    this.#terms = terms;
    this.#numbers = numbersIn(terms.items);
    this.#result = before ?? {
      outputs: this.#numbers.map(() => null),
      missing: this.#numbers.map((_, i) => i),
      lost: [],
      end: 'all',
    };
    this.#outputBytes = this.#result.outputBytes ?? 0;
    this.#missing = new Set(this.#result.missing);
    const gone = new Set(this.#result.lost.map(({ i }) => i));
    this.#left = this.#result.missing.filter((i) => !gone.has(i));
    const troubled: StepObserver = {
      met: () => undefined,
      struggles: () => undefined,
      settled: (step) => this.#settled(step),
      riskAt: () => null,
    };
    this.#steps = new Steps(
      { goal, deadline: terms.deadline, run: terms.run },
      { observer: troubled, hold: NEVER_HELD, kept: NOTHING_KEPT, turns: this.#turns },
    );
    this.#telling = new ShardReporter(terms, this.#result.toldBytes ?? 0, {
      told: (failing) => this.#told(failing),
      failing: () => readFailingItems(this.#turns),
      isAnyAlone: () => this.#steps.open.size > 0,
    });
    this.#items = new MapItems(
      this.#steps,
      {
        job,
        prefix: itemsPrefix(terms.step, job.name),
        total: terms.total,
        inputs: this.#left.map((i) => terms.inputs[i]),
        numberOf: (k) => this.#numbers[this.#left[k] as number] as number,
      },
      {
        atOnce: terms.atOnce,
        fullAt: {
          events: workflowInfo().historyLength + FULL_EVENTS,
          bytes: workflowInfo().historySize + FULL_BYTES,
        },
        isFull: () => this.#holdsEnough(),
      },
      {
        done: (k, output) => this.#hold(this.#left[k] as number, output ?? null),
        lost: (k, failure) => {
          const { lost } = this.#result;
          lost.push({ i: this.#left[k] as number, failure });
          return isTolerated(
            lost.map(({ failure: { code } }) => code),
            terms.total,
            terms.tolerate ?? undefined,
          );
        },
        drained: () => {
          this.#hasStopped = true;
        },
        answered: () => this.#telling.answered(),
        wentAlone: () => this.#telling.wentAlone(),
        met: (path, ledger) => this.#learn(path, ledger),
      },
      0,
    );
  }

  async run(): Promise<ShardResult> {
    const shard = CancellationScope.current();
    const cancelled = shard.cancelRequested.catch(() => 'cancelled' as const);
    return CancellationScope.nonCancellable(async () => {
      const scope = new CancellationScope();
      const items = scope.run(() => this.#items.run());
      items.catch(() => undefined);
      let end: ItemsEnd | ShardResult['end'] = await Promise.race([items, cancelled]);
      if (end === 'cancelled' || end === 'stopped') await this.#close(scope);
      this.#result.missing = [...this.#missing];
      if (end === 'full') {
        await this.#telling.last();
        // That it was cancelled meanwhile, an execution after this one would not know.
        if (shard.consideredCancelled) end = 'cancelled';
        else if (this.#holdsEnough()) end = 'part';
      }
      this.#result.outputBytes = this.#outputBytes;
      this.#result.toldBytes = this.#telling.toldBytes;
      if (end === 'full')
        return continueAsNew<(terms: ShardTerms, before: ShardResult) => Promise<ShardResult>>(
          this.#terms,
          this.#result,
        ) as Promise<never>;
      this.#result.end = end;
      if (end !== 'part') await this.#telling.last();
      return this.#result;
    });
  }

  #holdsEnough(): boolean {
    return this.#outputBytes >= (this.#terms.mostOutputBytes ?? Number.POSITIVE_INFINITY);
  }

  #hold(i: number, output: unknown): void {
    const { mostOutputBytes, step } = this.#terms;
    if (mostOutputBytes !== undefined) {
      const bytes = jsonBytes(output);
      const left = HELD_BYTES - this.#outputBytes;
      const path = `${itemsPrefix(step, this.#job.name)}#${this.#numbers[i]}`;
      if (bytes > left) throw new StepFailed(outputTooLarge(path, this.#job.name, bytes, left));
      this.#outputBytes += bytes;
    }
    this.#result.outputs[i] = output;
    this.#missing.delete(i);
  }

  /** Ends what is under way, its errors told before. */
  async #close(scope: CancellationScope): Promise<void> {
    this.#steps.open.decide();
    for (const [path, ledger] of Object.entries(
      this.#hasStopped ? {} : await readPendingLedgers(this.#turns),
    ))
      this.#learn(path, ledger);
    scope.cancel();
    await condition(() => this.#hasStopped, CLOSING_MS);
  }

  #settled({ path, ledger }: OpenStep): void {
    if (ledger !== undefined) this.#learn(path, ledger);
  }

  /** A later one always holds the earlier. */
  #learn(path: string, ledger: Ledger): void {
    if (ledger.total >= (this.#ledgers.get(path)?.total ?? 0)) this.#ledgers.set(path, ledger);
  }

  #told(failing: FailingItems): ShardReport {
    const { workflowId } = workflowInfo();
    const lost = new Set(this.#result.lost.map(({ i }) => i));
    const failed = new Set([...lost].map((i) => this.#numbers[i]));
    const unended = new Set([...this.#missing].map((i) => this.#numbers[i]));
    const retrying = new Set<string>();
    for (const { path, ledger } of this.#steps.open.all()) if (ledger) this.#learn(path, ledger);
    for (const [path, ledger] of Object.entries(failing)) {
      const n = itemOf(path)?.n;
      if (n !== undefined && ledger !== null) this.#learn(path, ledger);
      else if (unended.has(n)) retrying.add(path);
    }
    let bytes = 0;
    const troubled: ShardReport['troubled'] = [];
    for (const [path, ledger] of this.#ledgers) {
      const n = itemOf(path)?.n;
      const state = failed.has(n) ? 'failed' : unended.has(n) ? 'running' : 'succeeded';
      if (state === 'running') retrying.add(path);
      if (this.#terms.since === undefined) bytes += jsonBytes(ledger);
      if (bytes < TOLD_BYTES) troubled.push({ path, state, ledger });
    }
    return {
      ...{ step: this.#terms.step, job: this.#job.name, troubled, lost: lost.size },
      retrying: retrying.size,
      shard: Number(workflowId.slice(workflowId.lastIndexOf('.') + 1)),
      done: this.#numbers.length - this.#missing.size,
    };
  }
}
