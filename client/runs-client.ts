// What a client does with runs.

import type { ResumePlan, RetractionPlan, RetractionView, RunArtifactPage } from '../goals/wire/answers.ts';
import type { StepAttempts } from '../goals/wire/attempts.ts';
import type { Lineage } from '../goals/wire/dataset-answers.ts';
import type { Deletion } from '../goals/wire/deletion.ts';
import type { FailureKind } from '../goals/wire/failure.ts';
import type { KeptLine } from '../goals/wire/kept-logs.ts';
import type { MapDetails } from '../goals/wire/map.ts';
import type { RunRecord } from '../goals/wire/run-record.ts';
import type { RunRow } from '../goals/wire/run-row.ts';
import type {
  HourlyErrors,
  OmittedErrors,
  Outcome,
  Run,
  RunError,
  RunSummary,
} from '../goals/wire/run-view.ts';
import {
  type Act,
  answerAfter,
  type LineageFilter,
  type MaybePending,
  type ReasonedAct,
} from './goal-client.ts';
import { type AnswerPage, type Listing, listing } from './listing.ts';
import { type LogOptions, logLines } from './log-lines.ts';
import { pathOfRun } from './path-of-run.ts';
import type { RunOf } from './run-of.ts';
import { type CallOptions, json, type Send } from './send.ts';
import { type Span, spanMs } from './span.ts';
import { type WatchOptions, watched, watchedList } from './watch.ts';

/** A part of a list: `limit` is the items of a page, 1 to 100, by default 50; `cursor` is `next` of the page before. */
export interface PageFilter {
  limit?: number;
  cursor?: string;
}

/** Which runs to list. */
export interface RunsFilter extends PageFilter {
  goal?: string;
  owner?: string;
  team?: string;
  /** As its ID or its input has it. */
  key?: string;
  /** The first and the last of a range of the keys of `goal`, both included. */
  keyFrom?: string;
  keyTo?: string;
  outcome?: Outcome;
  /** `asking`: those of `waiting` that wait for a person. */
  state?: Run['state'] | 'asking';
  /** Only runs that an error of this fingerprint has hurt. */
  fingerprint?: string;
  /** Only runs whose latest execution was triggered so. */
  why?: Run['why']['kind'];
  /** Only runs that have this tag, such as `customer:acme`, or all of several, with commas. */
  tag?: string;
  /** Only runs that were retracted, or that used what was. */
  mark?: 'retracted' | 'in-doubt';
  /** Started at that time or later: a time, or how long ago, such as `24h`. */
  since?: string;
}

/** Which rows to list. */
export interface RowsFilter extends RunsFilter {
  /** Started before that time: a time, or how long ago, such as `24h`. */
  until?: string;
  /** With what the ID of a run begins. */
  id?: string;
  /** With what the key of a run of `goal` begins, as its ID has it. */
  keyPrefix?: string;
  /** Only failed runs with this code, or this kind of failure. */
  code?: string;
  kind?: FailureKind;
  /** Only runs that were not reached when they were expected, or none of them. */
  late?: boolean;
  /** Only failed runs that somebody accepted, or none of them. */
  accepted?: boolean;
}

/** Which execution of a run. Default: the latest. */
export interface OfExecution extends CallOptions {
  execution?: string | undefined;
}

/** How a run goes on. */
export interface ResumeOptions extends Act {
  /** The failed execution that is meant: then a repeated request never goes on from another. */
  execution?: string;
  /** Keep no result. */
  fromScratch?: boolean;
  /** Steps that run again although they succeeded. */
  exclude?: readonly string[];
  /** Results that you give instead of running the steps. */
  supply?: readonly { step: string; output: unknown }[];
  /** How long to wait for the outcome. Default: not at all. */
  wait?: Span;
}

/** Of an achieved outcome that is wrong. */
export interface Retract extends ReasonedAct {
  /** Default: the latest. */
  execution?: string;
}

/** Tags that a run gets or loses. `execution`: an older one of the run. */
export interface TagChange extends Omit<Act, 'reason'> {
  add?: readonly string[];
  remove?: readonly string[];
  execution?: string;
}

/** A note on a run, in up to 4,000 characters. */
export interface NoteText extends Omit<Act, 'reason'> {
  text: string;
  execution?: string;
}

/** The runs of all goals. */
export interface RunsClient {
  /** Those under way first, then from the one that closed last. */
  list(filter?: RunsFilter, options?: CallOptions): Listing<RunSummary>;
  /** The same as rows, without what only a history says: quick, however many there are. */
  rows(filter?: RowsFilter, options?: CallOptions): Listing<RunRow>;
  get(id: string, options?: OfExecution): Promise<RunOf>;
  /** Each view of it that differs from the one before, until it has ended. */
  watch(id: string, options?: WatchOptions): AsyncIterable<RunOf>;
  /** The first page of the list that the filter means: as it is now, and whenever it differs, about a second later. */
  watchList(
    filter?: Omit<RowsFilter, 'cursor'>,
    options?: CallOptions,
  ): AsyncIterable<AnswerPage<RunSummary>>;
  /** One for each failed attempt, healed ones included. */
  errors(
    id: string,
    options?: OfExecution,
  ): Promise<AnswerPage<RunError> & { omitted: OmittedErrors[]; hourly: HourlyErrors[] }>;
  /** Of the step with this path: those that failed, and the one that succeeded or is under way. */
  attempts(id: string, step: string, options?: OfExecution): Promise<StepAttempts>;
  /** A map of the run in up to 200 parts, with a page of its lost items. */
  map(id: string, step: string, options?: OfExecution & PageFilter): Promise<MapDetails>;
  /** The latest first: how often it was pursued, by whom, and what came of each. */
  executions(id: string, filter?: PageFilter, options?: CallOptions): Listing<RunRow>;
  /** Lines of its log, as far as workers keep it: those that there are, or with `follow` also those to come, until it has ended. */
  logs(id: string, options?: LogOptions): AsyncIterable<KeptLine>;
  /** The tables, texts, links and images that it shows beside its outcome. */
  artifacts(id: string, options?: OfExecution): Promise<RunArtifactPage>;
  record(id: string, options?: OfExecution): Promise<RunRecord>;
  /** On which runs and partitions of datasets it rests, and which rest on it. */
  lineage(id: string, options?: LineageFilter & OfExecution): Promise<Lineage>;
  cancel(id: string, act?: Act): Promise<RunOf>;
  /** What a resume would keep, run again and repeat. */
  planResume(id: string, options?: OfExecution): Promise<ResumePlan>;
  /** With `dryRun`, what a resume of these options would keep, run again and repeat. */
  resume(id: string, options: ResumeOptions & { dryRun: true }): Promise<ResumePlan>;
  resume(id: string, options?: ResumeOptions & { dryRun?: false }): Promise<RunOf>;
  /** Closes a failed run as accepted, and so settles its alert. */
  accept(id: string, act: ReasonedAct): Promise<RunOf & MaybePending>;
  /** Says that its outcome is wrong: it is marked, and everything that used it as in doubt. */
  retract(id: string, given: Retract): Promise<RetractionView>;
  /** What would be in doubt; nothing is marked. */
  planRetraction(id: string, given: Retract): Promise<RetractionPlan>;
  /** Gives it tags, open or closed, or takes them away. */
  tag(id: string, change: TagChange): Promise<RunOf>;
  /** Writes a note on it. The same text by the same person is written once. */
  note(id: string, note: NoteText): Promise<RunOf>;
  /** Deletes a closed run for good. Ask again until it is `complete`. */
  delete(id: string, act: ReasonedAct): Promise<Deletion>;
}

export function runsClient(send: Send): RunsClient {
  const read = <Answer>(path: string, { signal, execution }: OfExecution = {}): Promise<Answer> =>
    json(send, 'GET', path, { query: { execution }, signal });
  function resume(id: string, options: ResumeOptions & { dryRun: true }): Promise<ResumePlan>;
  function resume(id: string, options?: ResumeOptions & { dryRun?: false }): Promise<RunOf>;
  async function resume(
    id: string,
    { wait = 0, signal, ...body }: ResumeOptions & { dryRun?: boolean } = {},
  ): Promise<RunOf | ResumePlan> {
    const path = `${pathOfRun(id)}/resume`;
    if (body.dryRun) return json<ResumePlan>(send, 'POST', path, { body, signal });
    return answerAfter(send, path, body, { waitMs: spanMs(wait), signal });
  }
  return {
    list: (filter, options) => listing(send, '/runs', filter, options),
    rows: (filter, options) => listing(send, '/runs/rows', filter, options),
    get: (id, options) => read(pathOfRun(id), options),
    watch: (id, options) => watched(send, id, options),
    watchList: (filter = {}, options) => watchedList(send, filter, options),
    errors: (id, options) => read(`${pathOfRun(id)}/errors`, options),
    attempts: (id, step, { signal, execution } = {}) =>
      json(send, 'GET', `${pathOfRun(id)}/attempts`, { query: { step, execution }, signal }),
    map: (id, step, { signal, ...query } = {}) =>
      json(send, 'GET', `${pathOfRun(id)}/map`, { query: { step, ...query }, signal }),
    executions: (id, filter, options) => listing(send, `${pathOfRun(id)}/executions`, filter, options),
    logs: (id, options) => logLines(send, id, options),
    artifacts: (id, options) => read(`${pathOfRun(id)}/artifacts`, options),
    record: (id, options) => read(`${pathOfRun(id)}/record`, options),
    lineage: (id, { signal, ...query } = {}) =>
      json(send, 'GET', `${pathOfRun(id)}/lineage`, { query, signal }),
    cancel: (id, { signal, ...body } = {}) => json(send, 'POST', `${pathOfRun(id)}/cancel`, { body, signal }),
    planResume: (id, options) => read(`${pathOfRun(id)}/resume`, options),
    resume,
    accept: (id, { signal, ...body }) => json(send, 'POST', `${pathOfRun(id)}/accept`, { body, signal }),
    retract: (id, { signal, ...body }) => json(send, 'POST', `${pathOfRun(id)}/retract`, { body, signal }),
    planRetraction: (id, { signal, ...body }) =>
      json(send, 'POST', `${pathOfRun(id)}/retract`, { body: { ...body, dryRun: true }, signal }),
    tag: (id, { signal, ...body }) => json(send, 'POST', `${pathOfRun(id)}/tags`, { body, signal }),
    note: (id, { signal, ...body }) => json(send, 'POST', `${pathOfRun(id)}/notes`, { body, signal }),
    delete: (id, { signal, ...body }) => json(send, 'DELETE', pathOfRun(id), { body, signal }),
  };
}
