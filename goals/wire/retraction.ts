// A retraction: an achieved outcome that turned out to be wrong, and what used it, which is in doubt.

import { z } from 'zod';
import { verifiedField } from './actor.ts';
import type { ExecutionOfRun } from './recovery.ts';
import { boundedText } from './text/bounded-text.ts';

/** Runs that one retraction puts in doubt. It says where there are more. */
export const DOUBTS_LIMIT = 1_000;
/** Of a path from what was retracted to what is in doubt, so many runs are kept. */
const PATH_LIMIT = 10;

export const runMarks = ['retracted', 'in-doubt'] as const;
/** What a run is marked as, beside its outcome. */
export type RunMark = (typeof runMarks)[number];

/** A mark as it stands among the tags of the workflow that finds a run by them: no tag has an exclamation mark. */
export const markTag = (mark: RunMark): string => `!${mark}`;
/** The mark of such a tag; null for a tag of people's. */
export const markOfTag = (tag: string): RunMark | null =>
  runMarks.find((mark) => markTag(mark) === tag) ?? null;

/** As what lists find a run. */
export const marksOf = (run: { retracted?: unknown; inDoubt?: unknown }): RunMark[] => [
  ...(run.retracted === undefined ? [] : (['retracted'] as const)),
  ...(run.inDoubt === undefined ? [] : (['in-doubt'] as const)),
];

const executionSchema = z.object({ run: z.string(), execution: z.string() });

export const throughs = ['achieve', 'dataset', 'outcome', 'kept'] as const;

export const doubtSchema = executionSchema.extend({
  goal: z.string(),
  team: z.string().nullable(),
  owner: z.string().nullable(),
  /** Whether it was open when it was found: then what it does from there on is in doubt, too. */
  state: z.enum(['open', 'achieved']),
  /**
   * How it used the one before it: it needed it (`achieve`), used a partition of a `dataset` that it had made, was started by its `outcome`, or
   * went on from it and `kept` results of it.
   */
  through: z.enum(throughs),
  /** The execution that it used. */
  of: executionSchema,
  /** From what was retracted to this one, by the IDs of runs. */
  path: z.array(z.string()),
});
/** An execution that used what was retracted, at any depth. */
export type Doubt = z.infer<typeof doubtSchema>;

export const pathTo = (before: readonly string[], run: string): string[] => [
  ...before.slice(0, PATH_LIMIT - 1),
  run,
];

export const retractionTermsSchema = executionSchema.extend({
  goal: z.string(),
  team: z.string().nullable(),
  owner: z.string().nullable(),
  by: z.string(),
  verified: verifiedField,
  reason: z.string(),
  at: z.string(),
});
export type RetractionTerms = z.infer<typeof retractionTermsSchema>;

/** The workflow's argument. */
export interface RetractionStart {
  terms: RetractionTerms;
  /** Workflow ID of the alerts workflow. */
  alerts: string;
  /** The same run was retracted before: what was marked then does not count as one more. */
  isAgain?: boolean;
}

export const retractionMemoSchema = z.object({
  /** Whether the run itself is marked. */
  marked: z.boolean(),
  /** Executions that are marked as in doubt, and those of them that are still open. */
  doubts: z.int(),
  open: z.int(),
  /** There are more than one retraction marks. */
  truncated: z.boolean(),
  /** Owners that were told. */
  owners: z.int(),
  /** All that is known is marked, and so many runs that were open then, and may still use it, are looked at again when they close. */
  watched: z.int().default(0),
});
/** How far a retraction is: memo of its workflow. */
export type RetractionMemo = z.infer<typeof retractionMemoSchema>;

export const NOTHING_DOUBTED: RetractionMemo = {
  ...{ marked: false, doubts: 0, open: 0, truncated: false, owners: 0, watched: 0 },
};

/** A retraction in the middle, from one history to the next. */
export interface RetractionState {
  doubts: readonly Doubt[];
  /** Owners who were told. */
  owners: readonly string[];
  /** Executions whose users are to be looked for. */
  left: readonly UsedOutcome[];
  open: readonly Doubt[];
  isTruncated: boolean;
  /** When it began, in milliseconds since 1970; executions that were looked at, those of them that are again, and open ones that may use them. */
  begun?: number;
  looked?: readonly string[];
  again?: readonly string[];
  watched?: readonly ExecutionOfRun[];
  /** Of each owner that is not told yet the first run in doubt. */
  untold?: readonly Doubt[];
  /** Marked before, and looked through only; how many are newly marked; and what `left` has, by its executions. */
  passed?: readonly ExecutionOfRun[];
  counted?: number;
  /** They said themselves that they took an outcome in doubt. */
  named?: readonly ExecutionOfRun[];
  waiting?: readonly string[];
}

/** Of an activity: which executions used any of these. */
export interface SoughtUsers {
  used: readonly UsedOutcome[];
  /** Where the last answer said to go on. */
  next: string | null;
  /** Asks for those that are open, began by then (milliseconds since 1970) and have not used it, too. */
  begun?: number;
  /** Asks which of them this retraction has marked before. */
  retraction?: string;
  /** Executions that said themselves that they took an outcome in doubt. */
  named?: readonly ExecutionOfRun[];
}

/** An achieved execution, whose users are looked for; times in milliseconds since 1970. */
export interface UsedOutcome {
  run: string;
  execution: string;
  path: readonly string[];
}

/** `marked`: by an earlier run of the same retraction; `superseded`: and a later execution of it has begun since. */
export type FoundUser = Doubt & { before?: 'marked' | 'superseded' };

export interface FoundUsers {
  users: FoundUser[];
  next: string | null;
  /** Open, and may yet use it. */
  open?: ExecutionOfRun[];
}

/** Of an activity: marks executions, each once however often it is tried. */
export interface MarkRuns {
  retraction: string;
  terms: RetractionTerms;
  /** Null: the run that is retracted itself. */
  doubts: readonly Doubt[] | null;
}

/** Of an activity: tells the alerts workflow of what is in doubt, once for each goal. */
export interface NotifyOwners extends Pick<MarkRuns, 'retraction' | 'terms'> {
  alerts: string;
  doubts: readonly Doubt[];
}

/** What owners read. */
export const doubtMessage = ({ run, by, reason }: RetractionTerms, path: readonly string[]): string =>
  boundedText(`${run} was retracted by ${by}: ${reason}. In doubt: ${path.slice(1).join(' ← ') || run}`, 400);

/** On a run: it was retracted. */
export const retractedSchema = z.object({
  at: z.string(),
  by: z.string(),
  verified: verifiedField,
  reason: z.string(),
  retraction: z.string(),
});
/** On a run: it stands on one that was retracted. */
export const inDoubtSchema = z.object({
  at: z.string(),
  by: z.string(),
  verified: verifiedField,
  retraction: z.string(),
  /** What was retracted, and the runs from there to this one. */
  run: z.string(),
  execution: z.string(),
  path: z.array(z.string()),
});
