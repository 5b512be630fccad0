// What a test says of a simulation: what stands in for jobs, persons and other goals.

import type { Duration, ProducedPartition } from '../goals/index.ts';
import type { Question } from '../goals/wire/approvals.ts';
import type { FailureKind } from '../goals/wire/failure.ts';
import type { Fake } from './fake.ts';

/** What a person decides. */
export interface SimulatedDecision {
  /** Default `'approve'`. */
  decision?: 'approve' | 'reject';
  /** Default `'somebody'`. */
  by?: string;
  reason?: string;
  /** What an `ask` is answered with. */
  data?: unknown;
  /** How long the run waits for it. Default: not at all. */
  after?: Duration;
}

/** A decision, or what makes one of what is asked: `null` when nobody decides. A list, one after the other, where it takes several people. */
export type Decides =
  | SimulatedDecision
  | readonly SimulatedDecision[]
  | ((asked: Question & { step: string }) => SimulatedDecision | null);

/** How a needed goal's run fails. */
export interface NeededFailure {
  code: string;
  message?: string;
  /** Default `'job'`. */
  kind?: FailureKind;
}

/** What becomes of a needed goal: its output, or that it fails or is cancelled; after how long. */
export type Needed = { after?: Duration } & (
  | { output: unknown }
  | { failed: NeededFailure }
  | { cancelled: true }
);

/** The same, or what makes it of the input. */
export type Needs = Needed | ((input: unknown) => Needed | Promise<Needed>);

/** An event that comes while the run is open, or `after` nothing before it waits. Its ID and source are made up where they are left out. */
export interface SimulatedEvent {
  type: string;
  data?: unknown;
  id?: string;
  source?: string;
  subject?: string;
  time?: string;
  /** How long after the start it comes. Default: at once, so that it is there before the run waits for it. */
  after?: Duration;
}

/** A partition that was produced before: which, and how it is described. */
export type GivenPartition = Omit<ProducedPartition<string>, 'partition'> & {
  /** Default: none, of a dataset that has no parts. */
  partition?: Readonly<Record<string, string | number>>;
};

/** What a simulation is given, beside the goal and its input. */
export interface SimulateOptions {
  /** When the run starts, by its own clock. Default `2026-01-01T00:00:00Z`. */
  at?: string | Date;
  /** The time that its schedule meant, where the run is to be a scheduled one: a time of day may be of that day. Default: nobody scheduled it. */
  scheduled?: string | Date;
  /** What stands in for the code of the jobs: made by `fake`, or the bindings of a worker. A job that is never run needs none. */
  jobs?: readonly Fake[];
  /** What persons decide, by the name of what is asked, or its step's path (`'sign-off#2'`). */
  decide?: Readonly<Record<string, Decides>>;
  /** Events that come, for `waitFor`. Default: none. */
  events?: readonly SimulatedEvent[];
  /** What becomes of needed goals, by name. A goal that is not named is pursued, too, with the same fakes. */
  goals?: Readonly<Record<string, Needs>>;
  /** Partitions of datasets that were produced before, by the dataset's name, the latest last: for `use`. Default: none. */
  datasets?: Readonly<Record<string, readonly GivenPartition[]>>;
  /** What the goal's earlier runs measured, the latest first, by criterion: for `within`. Default: nothing. */
  past?: Readonly<Record<string, readonly number[]>>;
  /** Names of `patched` by which the run goes the old way, as a run does that was open before the change. Default: none. */
  unpatched?: readonly string[];
  /** Cancels the run: after so long, or when the signal is aborted, which a fake may do. */
  cancel?: AbortSignal | { after: Duration };
}
