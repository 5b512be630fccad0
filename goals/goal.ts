// How a team declares an outcome: `goal()` and what it takes. Runs wherever goals are imported: worker, sandbox, tests.

import type { z } from 'zod';
import { type ByClockDeclaration, byClockOf } from './by-clock.ts';
import { type Duration, milliseconds } from './duration.ts';
import type { EventTrigger } from './event.ts';
import { expectedPartsOf, type KeysDeclaration } from './expected-keys.ts';
import type { ForeignGoal } from './foreign-goal.ts';
import type { Job } from './job.ts';
import { type LightDeclaration, lightOf } from './light.ts';
import type { Measured } from './measured.ts';
import type { NamedDataset } from './named-dataset.ts';
import type { Pursuit } from './pursuit.ts';
import { type Standing, type StandingDeclaration, standingOf } from './standing.ts';
import type { Trigger } from './trigger.ts';
import type { UsableBy } from './wire/between-goals.ts';
import type { ByClock } from './wire/by-clock.ts';
import type { ExpectedPart } from './wire/expected-keys.ts';
import type { LightHosts } from './wire/light.ts';
import type { Fairness, Priority } from './wire/priority.ts';

/**
 * The answer of a criterion: `true` is met, `false` is not met, and a string is not met and says what was found instead.
 * `measured(…)` is a value with its bounds.
 */
export type Verdict = boolean | string | Measured;

/** A criterion: judges the output, and may look at the input. */
// The union as it is: tsc then names what a criterion may give.
export type Judge<Output, Input> = (output: Output, input: Input) => boolean | string | Measured;

/**
 * A criterion of its own severity.
 *
 * @example
 * ```ts
 * import type { SevereCriterion } from 'goalkeeper';
 *
 * export const enough: SevereCriterion<{ orders: number }, unknown> = {
 *   judge: ({ orders }) => orders >= 100 || `only ${orders} orders`,
 *   severity: 'warn',
 * };
 * ```
 */
export interface SevereCriterion<Output, Input> {
  /** Judges the output, as a criterion without a severity does. */
  judge: Judge<Output, Input>;
  /**
   * `fail`: the run fails where it is not met. `warn`: the run is achieved all the same, and its owner is told.
   * @default 'fail'
   */
  severity?: 'fail' | 'warn';
}

/**
 * The declaration of a goal: the argument of `goal`. Durations are milliseconds or texts such as `'90s'` (see `Duration`).
 *
 * @example
 * ```ts
 * import { dataset, event, foreignGoal, goal, job, schedule } from 'goalkeeper';
 * import { z } from 'zod';
 *
 * const Shop = z.object({ day: z.iso.date(), shop: z.string() });
 * const Paid = z.object({ invoices: z.int() });
 * const findPaid = job({ name: 'find-paid', input: Shop, output: Paid.nullable() });
 * const payInvoices = job({ name: 'pay-invoices', input: Shop, output: Paid });
 * const ordersCounted = foreignGoal({ name: 'orders-counted', input: Shop, output: z.object({ orders: z.int() }) });
 * const invoices = dataset({ name: 'invoices', team: 'billing', description: 'Open invoices', partition: ['day'] });
 * const payments = dataset({ name: 'payments', team: 'billing', description: 'Payments made', partition: ['day'] });
 *
 * export const invoicesPaid = goal({
 *   name: 'invoices-paid',
 *   formerly: ['bills-paid'],
 *   outcome: "Every invoice of the shop's day is paid",
 *   owner: 'finance',
 *   team: 'billing',
 *   input: Shop,
 *   output: Paid,
 *   key: ['day', 'shop'],
 *   keys: { day: { every: 'day', from: '2026-01-01', after: '2h' }, shop: ['berlin', 'lyon'] },
 *   personal: ['shop'],
 *   fresh: '30d',
 *   priority: 2,
 *   tags: ['day'],
 *   fairness: { path: 'shop' },
 *   usual: '5m',
 *   expected: '30m',
 *   deadline: '6h',
 *   heals: 'key',
 *   version: 'pinned',
 *   usableBy: ['reporting'],
 *   jobs: [payInvoices],
 *   needs: [ordersCounted],
 *   uses: [invoices],
 *   produces: [payments],
 *   already: { job: findPaid },
 *   criteria: {
 *     'an invoice was paid': ({ invoices }) => invoices > 0 || 'not a single invoice',
 *     'the day was a usual one': { judge: ({ invoices }) => invoices < 10_000, severity: 'warn' },
 *   },
 *   on: [
 *     schedule('0 5 * * *', { input: (at) => ({ day: at.toISOString().slice(0, 10), shop: 'berlin' }) }),
 *     event('shop.day.closed', { input: { day: 'data.day', shop: 'data.shop' } }),
 *   ],
 *   cancelOn: event('shop.day.voided', { match: { 'data.day': 'day', 'data.shop': 'shop' } }),
 *   waits: [event('bank.settled', { match: { 'data.day': 'day' }, keep: { events: 10, for: '3d' } })],
 *   standing: { fresh: '26h', input: (at) => ({ day: at.toISOString().slice(0, 10), shop: 'berlin' }) },
 *   async pursue(shop, { run, achieve, use, produce }) {
 *     await achieve(ordersCounted, shop);
 *     await use(invoices, { day: shop.day });
 *     const paid = await run(payInvoices, shop);
 *     await produce(payments, { partition: { day: shop.day }, rows: paid.invoices });
 *     return paid;
 *   },
 * });
 *
 * const sendReceipt = job({ name: 'send-receipt', input: z.object({ order: z.string() }), output: z.null(), quick: true });
 *
 * export const receiptSent = goal({
 *   name: 'receipt-sent',
 *   outcome: 'The customer has the receipt of the order',
 *   owner: 'finance',
 *   team: 'billing',
 *   input: sendReceipt.input,
 *   output: z.null(),
 *   key: ['order'],
 *   light: true,
 *   jobs: [sendReceipt],
 *   criteria: { sent: () => true },
 *   pursue: (order, { run }) => run(sendReceipt, order),
 * });
 * ```
 */
export interface GoalDeclaration<
  Input extends z.ZodType,
  Output extends z.ZodType,
  Jobs extends Job,
  Needs extends NeededGoal,
  Key extends string = string,
  Name extends string = string,
> {
  /** Kebab-case, at most 60 characters, unique in the Temporal namespace. */
  name: Name;
  /** The sentence that will be true in the world when the goal is achieved. */
  outcome: string;
  /** The person or group whom alerts address when the goal is not reached. */
  owner: string;
  /** The team that declares it: `needs` and triggers across teams go by this name. */
  team: string;
  /** The schema of the input. The gateway refuses a request that does not fit it. */
  input: Input;
  /** The schema of the value that `pursue` returns. */
  output: Output;
  /** Paths into the input (`'day'`, `'customer.id'`) whose values identify the run: there is one run for each key. */
  key: readonly KeyOf<Key, z.input<Input>>[];
  /**
   * Which keys it shall have: for each path of `key` a list of values, or a period of time. A key without an achieved run then shows as
   * a gap, and a range of keys can be pursued.
   * @default none is expected
   */
  keys?: KeysDeclaration<NoInfer<Key>>;
  /**
   * How long an achieved run answers further requests for its key. A later request pursues the goal again.
   * @default for ever
   */
  fresh?: Duration;
  /**
   * The order in which Temporal hands out waiting work: 1 (first) to 5 (last).
   * @default 3, or the priority of the run that needs this one
   */
  priority?: Priority;
  /**
   * Shares the workers among runs of equal priority: each fairness key gets its turn.
   * @default none
   */
  fairness?: Fairness;
  /**
   * The longest time a run may take, from its start, or the time of day by which it must end. The run fails (`deadline_passed`) when
   * that has passed.
   * @default none
   */
  deadline?: Duration | ByClockDeclaration;
  /**
   * How long a run usually takes. A run is at risk when the rest of it no longer fits before the deadline.
   * @default none
   */
  usual?: Duration;
  /**
   * A run that is not achieved this long after its start, or by this time of day, is `late`. It goes on, and may still be achieved.
   * @default none
   */
  expected?: Duration | ByClockDeclaration;
  /**
   * The conditions of success, by name, at least one. Each judges the output; the goal is achieved when all are met that do
   * not only warn.
   */
  criteria: Record<
    string,
    Judge<z.output<Output>, z.output<Input>> | SevereCriterion<z.output<Output>, z.output<Input>>
  >;
  /** The jobs that `pursue` may run. @default none */
  jobs?: readonly Jobs[];
  /** The goals that `pursue` may need, by `achieve`. @default none */
  needs?: readonly Needs[];
  /** The datasets of which its runs may produce partitions, by `produce`. @default none */
  produces?: readonly NamedDataset[];
  /** The datasets of which its runs may use partitions, by `use`. @default none */
  uses?: readonly NamedDataset[];
  /** A job that looks whether the goal is achieved already, before `pursue` begins. @default none */
  already?: Already<z.output<Input>>;
  /** Teams that may need the goal, and listen to its outcomes, beside its own. @default none */
  usableBy?: UsableBy;
  /**
   * The runs that mend a failed run, so that its owner gets the message that the goal is reached again: a later achieved run
   * of the same `key`, or `any` later achieved run of the goal, where one makes up for all before it.
   * @default 'key'
   */
  heals?: 'key' | 'any';
  /**
   * On workers that are versions of a deployment: whether an open run finishes on the code that began it (`pinned`), or goes on
   * by the code of each later version (`upgrade`), which must then replay it. Elsewhere it changes nothing.
   * @default 'pinned'
   */
  version?: 'pinned' | 'upgrade';
  /**
   * Says that its runs are small and many, and mostly succeed at once. They share a few workflows then, which makes a run cost a fraction;
   * one that takes longer than a moment, or meets an error that lasts, becomes a workflow of its own. Its jobs are all `quick`.
   * Keys that a goal had before it was light, or while it was, keep their runs.
   * @default false
   */
  light?: boolean | LightDeclaration;
  /**
   * Paths into the input (`'customer.id'`) whose values name a person or another subject whose data the runs hold. All closed runs of
   * a subject can then be found and deleted. Temporal's list of runs gets a digest of each value, of a run up to 8.
   * @default none
   */
  personal?: readonly string[];
  /**
   * Paths into the input (`'customer'`) whose values are tags of each run, such as `customer:acme`, by which lists find it. Up to 10 paths.
   * Temporal's list of runs has tags in clear: none may be `personal` or `secret`.
   * @default none
   */
  tags?: readonly string[];
  /**
   * Names that the goal had before, the latest first. Open runs of those names go on by this declaration, what was achieved under them counts, and their
   * addresses lead here.
   * @default none
   */
  formerly?: readonly string[];
  /** Keeps the outcome true at all times: goalkeeper pursues it before it goes stale, and alerts the owner when it is stale. @default none */
  standing?: StandingDeclaration<Input>;
  /** Triggers that start runs, beside requests: schedules, events, outcomes of other goals. @default none */
  on?: readonly Trigger[];
  /** Events for which `pursue` may wait, by `waitFor`. @default none */
  waits?: readonly EventTrigger[];
  /**
   * Events that cancel the open run whose key they name: their `match` has each path of the key.
   * @default none
   */
  cancelOn?: EventTrigger | readonly EventTrigger[];
  /**
   * The path to the outcome: runs jobs and returns the output. It runs in Temporal's sandbox, so it must be deterministic; its
   * second argument has all that it may do (see `Pursuit`).
   */
  pursue: Given<Output, (input: z.output<Input>, pursuit: Pursuit<Jobs, Needs>) => Promise<z.input<Output>>>;
}

/**
 * A job that looks whether the goal is achieved already, whoever did it. Its output is the goal's output, or null for not yet.
 * It is the run's first step. The criteria judge the output it finds: if all are met, the run is achieved with no other step;
 * else the run goes on to `pursue`. A forced run does not look.
 *
 * @example
 * ```ts
 * import { type Already, job } from 'goalkeeper';
 * import { z } from 'zod';
 *
 * const findReport = job({ name: 'find-report', input: z.object({ month: z.string() }), output: z.unknown() });
 *
 * export const already: Already<{ day: string }> = {
 *   job: findReport,
 *   input: ({ day }) => ({ month: day.slice(0, 7) }),
 * };
 * ```
 */
export interface Already<Input> {
  /** The job that looks. It need not be in `jobs`. */
  job: Job;
  /** Makes the job's input of the goal's input. @default the goal's input */
  input?: (input: Input) => unknown;
}

/**
 * `Fn`, once it is known what `T` is. Without it tsc reads what `pursue` returns before it knows the output's schema,
 * and makes a string of each literal in it.
 */
type Given<T, Fn> = T extends unknown ? Fn : never;

/** A path of a key that is known to the letter must be in the input; a `string`, as of a list that goals share, may be. */
type KeyOf<Key extends string, Input> = string extends Key
  ? Key
  : Key extends PathsOf<Input>
    ? Key
    : PathsOf<Input>;

/** `'day'`, `'customer.id'`: the paths into an input, so deep; any, where the input says nothing of its fields. */
type PathsOf<T, Depth extends readonly unknown[] = [0, 0, 0, 0]> = unknown extends T
  ? string
  : T extends readonly unknown[]
    ? `${number}` | `${number}.${string}`
    : T extends object
      ? { [Name in keyof T & string]: Name | `${Name}.${Deeper<T[Name], Depth>}` }[keyof T & string]
      : never;

type Deeper<T, Depth extends readonly unknown[]> = Depth extends readonly [unknown, ...infer Less]
  ? PathsOf<T, Less>
  : string;

/** A declared outcome, as `goal` returns it. Fields that end in `Ms` are milliseconds; null where nothing is declared. */
export interface Goal<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Name extends string = string,
> {
  readonly kind: 'goal';
  /** Known to the letter, so that a client is typed by the goals alone. */
  readonly name: Name;
  readonly outcome: string;
  readonly owner: string;
  readonly team: string;
  readonly input: Input;
  readonly output: Output;
  readonly key: readonly string[];
  /** The keys that are expected, a part for each path of the key. */
  readonly keys: readonly ExpectedPart[] | null;
  readonly freshMs: number | null;
  readonly priority: Priority | null;
  readonly fairness: Fairness | null;
  readonly deadlineMs: number | null;
  /** The deadline, where it is a time of day. */
  readonly deadlineBy: ByClock | null;
  readonly usualMs: number | null;
  readonly expectedMs: number | null;
  readonly expectedBy: ByClock | null;
  readonly jobs: readonly Job[];
  readonly already: Already<unknown> | null;
  readonly needs: readonly NeededGoal[];
  readonly produces: readonly NamedDataset[];
  readonly uses: readonly NamedDataset[];
  readonly usableBy: UsableBy;
  readonly heals: 'key' | 'any';
  readonly version: 'pinned' | 'upgrade';
  /** Its runs share so many hosts; null where each is a workflow of its own. */
  readonly light: LightHosts | null;
  readonly personal: readonly string[];
  readonly tags: readonly string[];
  readonly formerly: readonly string[];
  readonly standing: Standing | null;
  readonly on: readonly Trigger[];
  readonly waits: readonly EventTrigger[];
  readonly cancelOn: readonly EventTrigger[];
  // Methods, so that a goal of given schemas is assignable to the general one.
  judge(name: string, output: unknown, input: unknown): Verdict;
  pursue(input: unknown, pursuit: Pursuit): Promise<unknown>;
  readonly criteria: readonly string[];
  /** Those of the criteria that only warn. */
  readonly warnings: readonly string[];
  /** As the author wrote it: what is checked when the worker starts. */
  readonly declared: object;
}

/** A goal that another goal may list in `needs`: one of this module, or a `foreignGoal`. */
export type NeededGoal = Goal | ForeignGoal;

/**
 * Declares a goal: the outcome, what counts as reached, and the path to it. It never throws: the worker reports all mistakes of
 * all declarations at once when it starts.
 *
 * @example
 * ```ts
 * import { goal, job } from 'goalkeeper';
 * import { z } from 'zod';
 *
 * const Day = z.object({ day: z.iso.date() });
 * const countOrders = job({ name: 'count-orders', input: Day, output: z.object({ orders: z.int() }) });
 *
 * export const ordersCounted = goal({
 *   name: 'orders-counted',
 *   outcome: "The day's orders are counted, and there were some",
 *   owner: 'ada',
 *   team: 'shop',
 *   input: Day,
 *   output: countOrders.output,
 *   key: ['day'],
 *   deadline: '1h',
 *   jobs: [countOrders],
 *   criteria: { 'there were orders': ({ orders }) => orders > 0 || 'not a single order' },
 *   pursue: ({ day }, { run }) => run(countOrders, { day }),
 * });
 *
 * export default [ordersCounted];
 * ```
 */
export function goal<
  Input extends z.ZodType,
  Output extends z.ZodType,
  Jobs extends Job = never,
  Needs extends NeededGoal = never,
  const Key extends string = string,
  const Name extends string = string,
>(declared: GoalDeclaration<Input, Output, Jobs, Needs, Key, Name>): Goal<Input, Output, Name> {
  return {
    kind: 'goal',
    name: declared.name,
    outcome: declared.outcome,
    owner: declared.owner,
    team: declared.team,
    input: declared.input,
    output: declared.output,
    key: declared.key,
    keys: expectedPartsOf(declared.key, declared.keys),
    freshMs: milliseconds(declared.fresh),
    priority: declared.priority ?? null,
    fairness: declared.fairness ?? null,
    deadlineMs: milliseconds(declared.deadline),
    deadlineBy: byClockOf(declared.deadline),
    usualMs: milliseconds(declared.usual),
    expectedMs: milliseconds(declared.expected),
    expectedBy: byClockOf(declared.expected),
    jobs: jobsOf(declared),
    already: (declared.already ?? null) as Already<unknown> | null,
    needs: declared.needs ?? [],
    produces: declared.produces ?? [],
    uses: declared.uses ?? [],
    usableBy: declared.usableBy ?? [],
    heals: declared.heals ?? 'key',
    version: declared.version ?? 'pinned',
    light: lightOf(declared.light),
    personal: declared.personal ?? [],
    tags: declared.tags ?? [],
    formerly: declared.formerly ?? [],
    standing: standingOf(declared.standing, milliseconds(declared.usual)),
    on: declared.on ?? [],
    waits: declared.waits ?? [],
    cancelOn: [declared.cancelOn ?? []].flat(),
    criteria: Object.keys(declared.criteria ?? {}),
    warnings: Object.entries(declared.criteria ?? {}).flatMap(([criterion, given]) =>
      onlyWarns(given) ? [criterion] : [],
    ),
    judge: (criterion, output, input) => {
      const given = declared.criteria[criterion] as Criterion;
      return (typeof given === 'function' ? given : given.judge)(output, input);
    },
    pursue: (input, pursuit) =>
      declared.pursue(input as z.output<Input>, pursuit as unknown as Pursuit<Jobs, Needs>),
    declared,
  };
}

type Criterion = Judge<unknown, unknown> | SevereCriterion<unknown, unknown>;

/** Of any garbage it is false: what is wrong with it is reported when the worker starts. */
const onlyWarns = (given: unknown): boolean =>
  typeof given === 'object' && given !== null && 'severity' in given && given.severity === 'warn';

function jobsOf({ jobs = [], already }: { jobs?: readonly Job[]; already?: { job: Job } }): readonly Job[] {
  return already?.job === undefined || jobs.includes(already.job) ? jobs : [...jobs, already.job];
}
