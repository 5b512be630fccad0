import type { z } from 'zod';
import { type Duration, milliseconds } from './duration.ts';
import type { ForeignGoal } from './foreign-goal.ts';
import type { Job } from './job.ts';
import type { Pursuit } from './pursuit.ts';
import { type Standing, type StandingDeclaration, standingOf } from './standing.ts';
import type { Trigger } from './trigger.ts';
import type { UsableBy } from './wire/between-goals.ts';
import type { Fairness, Priority } from './wire/priority.ts';

/** A verdict: `true`, or `false`, or in a string what was found instead of what should be. */
export type Verdict = boolean | string;

/** What an author gives to `goal`. */
export interface GoalDeclaration<
  Input extends z.ZodType,
  Output extends z.ZodType,
  Jobs extends Job,
  Needs extends NeededGoal,
  Key extends string = string,
> {
  /** Kebab-case, at most 60 characters, one of its kind in the namespace. */
  name: string;
  /** What will be true in the world when the goal is achieved, as a sentence. */
  outcome: string;
  /** Who is told when it is missed. */
  owner: string;
  team: string;
  input: Input;
  output: Output;
  /** Paths into the input (`'day'`, `'customer.id'`) whose values name the run: the same key is the same run. */
  key: readonly KeyOf<Key, z.input<Input>>[];
  /** For how long an achieved run is as good as a new one: asked for again after that, it is pursued again. Default: for ever. */
  fresh?: Duration;
  /** Which of the waiting work Temporal hands out first: 1 (first) to 5 (last). Default: 3, or that of the run which needs it. */
  priority?: Priority;
  /** Whose turn it is among equal priorities: each key gets its share of the workers. Default: none. */
  fairness?: Fairness;
  /** By when, counted from the run's start. Default: none. */
  deadline?: Duration;
  /** How long it usually takes. What is left of it, with the deadline, tells whether a run is at risk. */
  usual?: Duration;
  /** Achieved later than this after its start, a run is `late`, though not failed. */
  expected?: Duration;
  /** What counts as reached, by name: each judges the output. At least one. */
  criteria: Record<string, (output: z.output<Output>, input: z.output<Input>) => boolean | string>;
  /** The jobs that `pursue` may run. */
  jobs?: readonly Jobs[];
  /** The goals that `pursue` may need. */
  needs?: readonly Needs[];
  /** Looks at the world before anything is done. */
  already?: Already<z.output<Input>>;
  /** Teams that may need it, and listen to its outcomes, beside its own. Default: none. */
  usableBy?: UsableBy;
  /**
   * What mends a run that failed, so that its owner is told that it is reached again: the same `key`, achieved later (the default),
   * or `any` later run of the goal, where one makes up for all before it.
   */
  heals?: 'key' | 'any';
  /** The outcome shall hold at all times: pursued before it goes stale; its owner is told when it is. */
  standing?: StandingDeclaration<Input>;
  /** What starts runs of it, beside whoever asks for one. */
  on?: readonly Trigger[];
  /** The path to the outcome. It runs in Temporal's sandbox: deterministic, and all it may do comes as its second argument. */
  pursue: Given<Output, (input: z.output<Input>, pursuit: Pursuit<Jobs, Needs>) => Promise<z.input<Output>>>;
}

/**
 * A job of the team's that tells whether the goal is achieved already, whoever did it: its output is the goal's, or null
 * for not yet. It is the run's first step. What it finds is judged by the criteria: if they hold, the run is achieved with
 * no other step, else it is pursued. A run that was forced does not look.
 */
export interface Already<Input> {
  job: Job;
  /** The job's input. Default: the goal's. */
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

/** A declared outcome. */
export interface Goal<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly kind: 'goal';
  readonly name: string;
  readonly outcome: string;
  readonly owner: string;
  readonly team: string;
  readonly input: Input;
  readonly output: Output;
  readonly key: readonly string[];
  readonly freshMs: number | null;
  readonly priority: Priority | null;
  readonly fairness: Fairness | null;
  readonly deadlineMs: number | null;
  readonly usualMs: number | null;
  readonly expectedMs: number | null;
  readonly jobs: readonly Job[];
  readonly already: Already<unknown> | null;
  readonly needs: readonly NeededGoal[];
  readonly usableBy: UsableBy;
  readonly heals: 'key' | 'any';
  readonly standing: Standing | null;
  readonly on: readonly Trigger[];
  // Methods, so that a goal of given schemas is assignable to the general one.
  judge(name: string, output: unknown, input: unknown): Verdict;
  pursue(input: unknown, pursuit: Pursuit): Promise<unknown>;
  readonly criteria: readonly string[];
  /** As the author wrote it: what is checked when the worker starts. */
  readonly declared: object;
}

/** What a goal may need. */
export type NeededGoal = Goal | ForeignGoal;

/** Declares a goal. It never throws: what is wrong with it is said, all at once, when the worker starts. */
export function goal<
  Input extends z.ZodType,
  Output extends z.ZodType,
  Jobs extends Job = never,
  Needs extends NeededGoal = never,
  const Key extends string = string,
>(declared: GoalDeclaration<Input, Output, Jobs, Needs, Key>): Goal<Input, Output> {
  return {
    kind: 'goal',
    name: declared.name,
    outcome: declared.outcome,
    owner: declared.owner,
    team: declared.team,
    input: declared.input,
    output: declared.output,
    key: declared.key,
    freshMs: milliseconds(declared.fresh),
    priority: declared.priority ?? null,
    fairness: declared.fairness ?? null,
    deadlineMs: milliseconds(declared.deadline),
    usualMs: milliseconds(declared.usual),
    expectedMs: milliseconds(declared.expected),
    jobs: jobsOf(declared),
    already: (declared.already ?? null) as Already<unknown> | null,
    needs: declared.needs ?? [],
    usableBy: declared.usableBy ?? [],
    heals: declared.heals ?? 'key',
    standing: standingOf(declared.standing, milliseconds(declared.usual)),
    on: declared.on ?? [],
    criteria: Object.keys(declared.criteria ?? {}),
    judge: (name, output, input) =>
      (declared.criteria[name] as (output: unknown, input: unknown) => Verdict)(output, input),
    pursue: (input, pursuit) =>
      declared.pursue(input as z.output<Input>, pursuit as unknown as Pursuit<Jobs, Needs>),
    declared,
  };
}

function jobsOf({ jobs = [], already }: { jobs?: readonly Job[]; already?: { job: Job } }): readonly Job[] {
  return already?.job === undefined || jobs.includes(already.job) ? jobs : [...jobs, already.job];
}
