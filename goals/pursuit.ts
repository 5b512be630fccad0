// What `pursue` gets as its second argument. Types only: workflows/ does the work.

import type { z } from 'zod';
import type { Artifacts } from './artifacts.ts';
import type { Dataset } from './dataset.ts';
import type { Duration } from './duration.ts';
import type { EventTrigger } from './event.ts';
import type { NeededGoal } from './goal.ts';
import type { Job } from './job.ts';
import type { NamedDataset, PartitionOf } from './named-dataset.ts';

/** Options of `run`: changes to the job's contract for one step. */
export interface RunOptions {
  /** The longest time one attempt may take. @default the job's `timeout` */
  timeout?: Duration;
  /** Attempts in all, the first included. @default the job's `retry.attempts` */
  attempts?: number;
}

/** The losses that a map copes with: up to `count` items, up to a `share` of all (0 to 1), or items lost by one of the `codes`. */
export type Tolerance = { count: number } | { share: number } | { codes: readonly string[] };

/** Options of `map`. */
export interface MapOptions {
  /**
   * The most items at once. Items that are retried after an error come on top, up to as many again.
   * @default the limit of the job's pool, else 200
   */
  atOnce?: number;
  /** The losses that the map copes with. @default none: the first item that fails for good fails the step */
  tolerate?: Tolerance;
}

/** Options of `achieveEach`. */
export interface AchieveEachOptions {
  /** The most needed runs at once, up to 500. @default 20 */
  atOnce?: number;
  /** The losses that the map copes with. @default none: the first run that is not achieved fails the step */
  tolerate?: Tolerance;
}

/** An item of a map that has failed for good. */
export interface LostItem {
  /** Its place among the items, from 0. */
  index: number;
  /** The item; where its JSON has more than 1,000 bytes, a digest of it. */
  input: unknown;
  /** The stable code of its last error. */
  code: string;
  /** The message of that error. */
  message: string;
}

/** The result of a map that tolerates losses. */
export interface Mapped<Output> {
  /** In the order of the items; undefined where one was lost. */
  results: (Output | undefined)[];
  /** The items that are lost, in their order. */
  lost: LostItem[];
}

/** Options of `cleanup`. */
export interface CleanupOptions<Jobs extends Job = Job> {
  /** The resource's name, in the lease's ID and in lists. @default a digest of the teardown's input */
  name?: string;
  /**
   * The longest time until the teardown, whatever the run does: a backstop.
   * @default an hour past the goal's deadline; seven days where it has none
   */
  ttl?: Duration;
  /**
   * The jobs whose work is gone with the resource, such as the job that creates it. A resume runs them again.
   * @default all jobs that the run begins while it holds the lease
   */
  undoes?: readonly Jobs[];
}

/** The promise to tear down a resource, once it stands. */
export interface Lease {
  /** Its ID in the gateway: `/leases/{id}`. */
  readonly id: string;
  /**
   * Says that the run no longer needs the resource, so that the teardown begins now and not at the end of the run. Resolves once
   * the lease knows. It does not wait for the teardown, and a failed teardown does not fail the run.
   */
  release(): Promise<void>;
}

/** Options of `ask`. */
export interface AskOptions {
  /**
   * The people who may decide: names of persons, of teams (whoever approves for that team) or of groups of the access file. The run holds it
   * against who is verified. @default everybody who has the role approver for the goal's team
   */
  by?: string | readonly string[];
  /**
   * The matter to decide, as JSON. goalkeeper removes what looks like a secret, and shows the first 8,000 characters: give a
   * link to the rest.
   * @default nothing
   */
  show?: unknown;
  /** How long the run waits. @default until the goal's deadline */
  expires?: { after: Duration; consequence: 'reject' };
}

/** Options of `approve`. */
export interface ApproveOptions extends Omit<AskOptions, 'expires'> {
  /** How long the run waits, and what happens if nobody decides in time. @default until the goal's deadline */
  expires?: { after: Duration; consequence: 'reject' | 'approve' };
  /** How many different people must approve; one rejection rejects. 1 to 10. @default 1 */
  count?: number;
  /**
   * Whether a person may approve who started or resumed the run, supplied results to it, or did so with the run that needs it.
   * Everybody may reject who may decide. @default false, where the gateway knows who asks
   */
  self?: boolean;
}

/** An approval: by whom, when and why. */
export interface Approval {
  /** The person who approved; null when nobody decided in time and `expires` approves. */
  by: string | null;
  /** The gateway has verified that it was `by`; false where the caller only said so. */
  verified: boolean;
  /** Why, in the words of whoever approved; null where they gave no reason. */
  reason: string | null;
  /** The time, as ISO 8601 in UTC. */
  at: string;
}

/** Options of `waitFor`. */
export interface WaitOptions<Consequence extends 'fail' | 'continue' = 'fail' | 'continue'> {
  /** How long the run waits. @default until the goal's deadline */
  timeout?: Duration;
  /** How the step ends then: it fails with the code `event_timeout`, or the run goes on with null. @default 'fail' */
  consequence?: Consequence;
}

/** An event as it came: a CloudEvent with all of its attributes. */
export interface ReceivedEvent {
  /** Names it among those of its source. */
  id: string;
  /** The context in which it happened: a URI. */
  source: string;
  /** The kind of event, such as `payment.settled`. */
  type: string;
  /** The thing that it is about. @default left out by its sender */
  subject?: string;
  /** When it happened: ISO 8601, as its sender wrote it. @default left out by its sender */
  time?: string;
  /** Its data, where that is JSON. @default left out by its sender */
  data?: unknown;
  /** Its data, where that is not JSON. @default left out by its sender */
  data_base64?: string;
}

/** The description of a partition that a run has produced. */
export type ProducedPartition<Part extends string = string> = {
  /** How many rows it has. @default not told */
  rows?: number;
  /** Its size. @default not told */
  bytes?: number;
  /** A digest of its content, by which equal versions are known. @default not told */
  digest?: string;
  /** The version's name, where whoever stores it names versions. @default not told */
  version?: string;
  /** Where it is: `s3://lake/orders/day=2026-11-20/`, a table, a file. @default not told */
  where?: string;
} & ([Part] extends [never]
  ? { partition?: undefined }
  : {
      /** Which partition: a value for each name of the dataset's `partition`. */
      partition: PartitionOf<Part>;
    });

/** The version of a partition that a run uses: what its producer said of it, and which execution of which run that was. */
export interface UsedPartition {
  /** How many rows it has. @default not told */
  rows?: number;
  /** Its size in bytes. @default not told */
  bytes?: number;
  /** A digest of its content. @default not told */
  digest?: string;
  /** The version's name. @default not told */
  version?: string;
  /** Where it is. @default not told */
  where?: string;
  /** When it was produced: ISO 8601 in UTC. */
  at: string;
  /** The run that produced it: its goal, its ID, and its execution. */
  by: { goal: string; run: string; execution: string };
}

/** The job, or what tsc says of one that `jobs` of the goal does not list. */
type DeclaredJob<J extends Job, Jobs extends Job> = J extends Jobs
  ? J
  : "a job of the goal's `jobs`: add it there";

/** The same of a goal that `needs` does not list. */
type DeclaredNeed<G extends NeededGoal, Needs extends NeededGoal> = G extends Needs
  ? G
  : "a goal of the goal's `needs`: add it there";

/**
 * All that `pursue` may do: its second argument. Every use is a step of the run. A step that fails throws a `StepFailed`; a goal
 * that catches it makes the step's errors `handled`.
 *
 * A function that several goals share takes `Pursuit`, or what it uses of it: `Pursuit<typeof loadDay, typeof dayLoaded>`.
 *
 * @privateRemarks Who may run more jobs may run fewer (`in`). tsc cannot see it through the conditional types, by which it reports how to mend a call.
 * The next line is in this comment so that it is in the published types too.
 * @ts-expect-error TS2636, of both. */
// biome-ignore lint/suspicious/noExplicitAny: with `Job` a goal could not give its own to a function that takes just `Pursuit`.
export interface Pursuit<in Jobs extends Job = any, in Needs extends NeededGoal = never> {
  /**
   * Runs a job. The step keeps its attempts, retries and lost workers to itself. Resolves with the job's output.
   * @throws StepFailed when the job has failed for good.
   * @example
   * ```ts
   * import { job, type Pursuit } from 'goalkeeper';
   * import { z } from 'zod';
   *
   * const loadDay = job({ name: 'load-day', input: z.object({ day: z.string() }), output: z.object({ rows: z.int() }) });
   *
   * export async function loaded({ run }: Pursuit<typeof loadDay>, day: string): Promise<number> {
   *   const { rows } = await run(loadDay, { day }, { timeout: '2m', attempts: 3 });
   *   return rows;
   * }
   * ```
   */
  run<J extends Job>(
    job: DeclaredJob<J, Jobs>,
    input: z.input<J['input']>,
    options?: RunOptions,
  ): Promise<z.output<J['output']>>;
  /**
   * Runs a job for each item of a list, or each piece of a dataset, up to a million. It is one step of the run, in which each item
   * has its own attempts, errors and result. Resolves with the outputs in the order of the items. The first item that fails for
   * good fails the step, and no further item begins. With `tolerate` it resolves with `{ results, lost }`, and fails only when
   * more items are lost than `tolerate` allows.
   * @throws StepFailed when an item has failed for good, or more than `tolerate` allows.
   * @throws TypeError when a dataset has neither `partitions` nor a job with a `scale`.
   * @example
   * ```ts
   * import { job, type Pursuit } from 'goalkeeper';
   * import { z } from 'zod';
   *
   * const sendInvoice = job({ name: 'send-invoice', input: z.object({ customer: z.string() }), output: z.null() });
   *
   * export async function sent({ map }: Pursuit<typeof sendInvoice>, customers: string[]): Promise<number> {
   *   const items = customers.map((customer) => ({ customer }));
   *   const { lost } = await map(items, sendInvoice, { atOnce: 20, tolerate: { share: 0.01 } });
   *   return customers.length - lost.length;
   * }
   * ```
   */
  map<J extends Job, T extends Tolerance | undefined = undefined>(
    items: readonly z.input<J['input']>[] | Dataset,
    job: DeclaredJob<J, Jobs>,
    options?: Omit<MapOptions, 'tolerate'> & { tolerate?: T },
  ): Promise<[T] extends [Tolerance] ? Mapped<z.output<J['output']>> : z.output<J['output']>[]>;
  /**
   * Needs another goal: starts its run, or joins the run of the same key. Resolves with that run's output.
   * @throws StepFailed with the failure of that run when it is not achieved.
   * @example
   * ```ts
   * import { foreignGoal, type Pursuit } from 'goalkeeper';
   * import { z } from 'zod';
   *
   * const dayLoaded = foreignGoal({
   *   name: 'day-loaded',
   *   input: z.object({ day: z.string() }),
   *   output: z.object({ rows: z.int() }),
   * });
   *
   * export const rowsOf = async ({ achieve }: Pursuit<never, typeof dayLoaded>, day: string): Promise<number> =>
   *   (await achieve(dayLoaded, { day })).rows;
   * ```
   */
  achieve<G extends NeededGoal>(
    goal: DeclaredNeed<G, Needs>,
    input: z.input<G['input']>,
  ): Promise<z.output<G['output']>>;
  /**
   * Needs another goal for each of up to 2,000 inputs: a `map` over `achieve`. Each input has a run of its own, which is started or
   * joined; what is achieved already is not pursued again. It is one step of the run. Resolves with the outputs in the order of the
   * inputs. The first run that is not achieved fails the step, and no further one is started; those under way go on. With `tolerate`
   * it resolves with `{ results, lost }`, and fails only when more is lost than `tolerate` allows.
   * @throws StepFailed with the failure of a run that is not achieved, or of the first loss that `tolerate` does not allow.
   * @throws TypeError when there are more than 2,000 inputs, or an option is wrong.
   * @example
   * ```ts
   * import { foreignGoal, type Pursuit } from 'goalkeeper';
   * import { z } from 'zod';
   *
   * const dayLoaded = foreignGoal({
   *   name: 'day-loaded',
   *   input: z.object({ day: z.string() }),
   *   output: z.object({ rows: z.int() }),
   * });
   *
   * export async function rowsOf({ achieveEach }: Pursuit<never, typeof dayLoaded>, days: string[]): Promise<number> {
   *   const inputs = days.map((day) => ({ day }));
   *   const { results } = await achieveEach(dayLoaded, inputs, { atOnce: 10, tolerate: { count: 2 } });
   *   return results.reduce((sum, loaded) => sum + (loaded?.rows ?? 0), 0);
   * }
   * ```
   */
  achieveEach<G extends NeededGoal, T extends Tolerance | undefined = undefined>(
    goal: DeclaredNeed<G, Needs>,
    inputs: readonly z.input<G['input']>[],
    options?: Omit<AchieveEachOptions, 'tolerate'> & { tolerate?: T },
  ): Promise<[T] extends [Tolerance] ? Mapped<z.output<G['output']>> : z.output<G['output']>[]>;
  /**
   * Has a job tear down the resource that the run is about to create, whatever becomes of the run: achieved, failed, cancelled,
   * terminated, its worker gone. Await it, then create. Resolves once the lease stands; if the same resource of this run is still
   * being torn down, only after that. The job must cope with a resource that is half there, or not at all.
   * @example
   * ```ts
   * import { job, type Pursuit } from 'goalkeeper';
   * import { z } from 'zod';
   *
   * const Cluster = z.object({ name: z.string() });
   * const createCluster = job({ name: 'create-cluster', input: Cluster, output: z.null() });
   * const deleteCluster = job({ name: 'delete-cluster', input: Cluster, output: z.null() });
   *
   * export async function withCluster(
   *   { run, cleanup }: Pursuit<typeof createCluster | typeof deleteCluster>,
   *   name: string,
   * ): Promise<void> {
   *   const lease = await cleanup(deleteCluster, { name }, { name, ttl: '6h', undoes: [createCluster] });
   *   await run(createCluster, { name });
   *   await lease.release();
   * }
   * ```
   */
  cleanup<J extends Job>(
    job: DeclaredJob<J, Jobs>,
    input: z.input<J['input']>,
    options?: CleanupOptions<Jobs>,
  ): Promise<Lease>;
  /**
   * Waits until a person approves, and holds no worker meanwhile.
   * @param name Kebab-case: the name by which people decide it.
   * @throws StepFailed with the code `rejected` after a rejection, and `approval_expired` when nobody decided in time.
   * @example
   * ```ts
   * import type { Pursuit } from 'goalkeeper';
   *
   * export async function approved({ approve }: Pursuit, total: number): Promise<string | null> {
   *   const { by } = await approve('pay-invoices', {
   *     by: 'finance',
   *     count: 2,
   *     self: false,
   *     show: { total },
   *     expires: { after: '2d', consequence: 'reject' },
   *   });
   *   return by;
   * }
   * ```
   */
  approve(name: string, options?: ApproveOptions): Promise<Approval>;
  /**
   * Waits in the same way until a person gives data that fits the schema, and resolves with it.
   * @throws StepFailed as `approve` does.
   * @example
   * ```ts
   * import type { Pursuit } from 'goalkeeper';
   * import { z } from 'zod';
   *
   * export async function account({ ask }: Pursuit, supplier: string): Promise<string> {
   *   const { iban } = await ask('account', z.object({ iban: z.string() }), {
   *     by: 'finance',
   *     show: { supplier },
   *     expires: { after: '3d', consequence: 'reject' },
   *   });
   *   return iban;
   * }
   * ```
   */
  ask<S extends z.ZodType>(name: string, schema: S, options?: AskOptions): Promise<z.output<S>>;
  /**
   * Waits until an event comes that concerns this run, and holds no worker meanwhile. One that came before counts, also from
   * before the run began, as long as it is kept. Each event counts once: the next `waitFor` gets the next one.
   * @param event One that the goal's `waits` lists.
   * @throws StepFailed with the code `event_timeout` when none came in time, unless `consequence` is `'continue'`.
   * @throws TypeError when `waits` does not list the event, or the input has no value to match.
   * @example
   * ```ts
   * import { event, type Pursuit } from 'goalkeeper';
   *
   * export const settled = event('payment.settled', { match: { 'data.order': 'order' } });
   *
   * export async function paid({ waitFor }: Pursuit): Promise<boolean> {
   *   const came = await waitFor(settled, { timeout: '3d', consequence: 'continue' });
   *   return came !== null;
   * }
   * ```
   */
  waitFor<Consequence extends 'fail' | 'continue' = 'fail'>(
    event: EventTrigger,
    options?: WaitOptions<Consequence>,
  ): Promise<ReceivedEvent | ('continue' extends Consequence ? null : never)>;
  /**
   * Says that the run has made a partition of a dataset, anew or for the first time. It counts once the run is achieved: then it is the
   * partition's latest version. A run says it of up to 1,000 partitions; of one that it names twice the last word counts.
   * @param dataset One that the goal's `produces` lists.
   * @throws TypeError when `produces` does not list the dataset, or the description is wrong.
   * @example
   * ```ts
   * import { dataset, type Pursuit } from 'goalkeeper';
   *
   * export const orders = dataset({ name: 'orders', team: 'shop', description: 'Orders', partition: ['day'] });
   *
   * export const made = ({ produce }: Pursuit, day: string, rows: number): Promise<void> =>
   *   produce(orders, {
   *     partition: { day },
   *     rows,
   *     bytes: rows * 120,
   *     digest: 'sha256:0f1e',
   *     version: 'snapshot-17',
   *     where: `s3://lake/orders/day=${day}/`,
   *   });
   * ```
   */
  produce<Part extends string>(dataset: NamedDataset<Part>, made: ProducedPartition<Part>): Promise<void>;
  /**
   * Finds the latest version of a partition that an achieved run has produced, and notes that this run uses it. The
   * partitions of a run are there as soon as that run is achieved, so also those of a run that this one needed by `achieve`.
   * @param dataset One that the goal's `uses` lists.
   * @throws StepFailed with the kind `dependency` and the code `partition_missing` when no achieved run has produced it, and
   * `dataset_not_open` when its team has not opened it to the goal's team.
   * @throws TypeError when `uses` does not list the dataset, or the partition is not one of it.
   * @example
   * ```ts
   * import { dataset, type Pursuit } from 'goalkeeper';
   *
   * export const orders = dataset({ name: 'orders', team: 'shop', description: 'Orders', partition: ['day'] });
   *
   * export async function whereOrdersAre({ use }: Pursuit, day: string): Promise<string> {
   *   const { where } = await use(orders, { day });
   *   return where ?? '';
   * }
   * ```
   */
  use<Part extends string>(
    dataset: NamedDataset<Part>,
    ...partition: [Part] extends [never] ? [] : [PartitionOf<Part>]
  ): Promise<UsedPartition>;
  /**
   * Shows tables, texts, links and images with the run, from `pursue` itself. It is not a step, and need not be awaited. A job has
   * the same in its context.
   * @example
   * ```ts
   * import type { Pursuit } from 'goalkeeper';
   *
   * export function shown({ artifact }: Pursuit, rows: { region: string; orders: number }[]): void {
   *   artifact.table('orders by region', rows);
   *   artifact.markdown('summary', `**${rows.length}** regions`);
   * }
   * ```
   */
  readonly artifact: Artifacts;
  /**
   * Waits for the duration, and holds no worker meanwhile.
   * @throws RangeError when it is not a duration.
   * @example
   * ```ts
   * import type { Pursuit } from 'goalkeeper';
   *
   * export const settle = ({ sleep }: Pursuit): Promise<void> => sleep('90s');
   * ```
   */
  sleep(duration: Duration): Promise<void>;
  /**
   * Whether the run takes the new way of a change of `pursue`: true, but for a run that was past this point before the change.
   * That run stays on the old way to its end, at each further call with this name too.
   * @param name Kebab-case: the name of the change. Never use one again for another change.
   * @throws TypeError when it is not such a name.
   * @example
   * ```ts
   * import { job, type Pursuit } from 'goalkeeper';
   * import { z } from 'zod';
   *
   * const Day = z.object({ day: z.string() });
   * const loadFares = job({ name: 'load-fares', input: Day, output: Day });
   * const loadOrders = job({ name: 'load-orders', input: Day, output: Day });
   *
   * export async function loaded({ run, patched }: Pursuit<typeof loadFares | typeof loadOrders>, day: string): Promise<void> {
   *   if (patched('fares-first')) await run(loadOrders, await run(loadFares, { day }));
   *   else await run(loadFares, await run(loadOrders, { day }));
   * }
   * ```
   */
  patched(name: string): boolean;
  /**
   * Stands in the place of `patched` once no run is open that went the old way, and the old way is gone from the code. It goes
   * once no run is open that `patched` itself was asked in.
   * @throws TypeError when `name` is not the name of a patch.
   * @example
   * ```ts
   * import type { Pursuit } from 'goalkeeper';
   *
   * export async function settled({ sleep, deprecatePatch }: Pursuit): Promise<void> {
   *   deprecatePatch('settle-for-a-minute');
   *   await sleep('1m');
   * }
   * ```
   */
  deprecatePatch(name: string): void;
}
