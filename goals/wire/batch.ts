// Calls of a quick job that travel together: one activity (or, inline, one local activity) for many steps. Transport only:
// each call has its own answer, and what was not settled goes on alone.

import { z } from 'zod';
import { sentArtifactsSchema } from './artifacts.ts';
import { heartbeatSchema, ledgerSchema, stepFailureSchema } from './ledger.ts';

/** ID of the activity that carries the steps from one path to the nth use of the same job: `load#3..#40`. */
export const batchId = (first: string, last: number): string => `${first}..#${last}`;

const BATCH = /^(.*)#\d+\.\.#\d+$/;

/** Whether an activity carries several calls. No path of a step ends so. */
export const isBatchId = (activityId: string): boolean => BATCH.test(activityId);

/** With what the paths of a batch's steps begin, before `#n`: the job, or the items of a map; null of what is no batch. */
export const batchPrefix = (activityId: string): string | null => BATCH.exec(activityId)?.[1] ?? null;

const batchCallSchema = z.object({
  /** Which use of the job, or item of a map, it is: its step is `job#n`. */
  n: z.int(),
  input: z.unknown().optional(),
  /** Of a host's batch: path of the step, its run and that run's deadline, as each is of a run of its own. */
  path: z.string().optional(),
  run: z.string().optional(),
  deadline: z.number().optional(),
  /** What this use changes of the contract. */
  timeoutMs: z.number().optional(),
  attempts: z.int().optional(),
});
export type BatchCall = z.infer<typeof batchCallSchema>;

/** The calls of a host's batch: what is the same of all is sent once, as it stays in a history that thousands of runs share. */
const sentCallsSchema = z.object({
  gk: z.literal(2),
  /** `n` of the first; the others count on. */
  from: z.int(),
  /** With what each `run` begins: the goal's name. */
  runs: z.string(),
  /** Of those that have none of their own. */
  path: z.string(),
  calls: z.array(batchCallSchema.omit({ n: true, run: true }).extend({ key: z.string() })),
});

/** The input of a batch; its second argument is a `Call` that holds for all of them. */
export const batchCallsSchema = z.union([
  z.array(batchCallSchema),
  sentCallsSchema.transform(({ from, runs, path, calls }) =>
    calls.map(({ key, ...call }, i): BatchCall => ({ n: from + i, path, run: `${runs}${key}`, ...call })),
  ),
]);
export type SentCalls = z.input<typeof batchCallsSchema>;

/** Calls as they are sent: those of one run as they are. */
export function sentCalls(calls: readonly BatchCall[]): SentCalls {
  const [first] = calls;
  if (first?.run === undefined || first.path === undefined) return [...calls];
  const [from, common] = [first.n, first.path];
  const runs = first.run.slice(0, first.run.indexOf(':') + 1);
  if (!calls.every(({ n, run, path }, i) => n === from + i && run?.startsWith(runs) && path !== undefined))
    return [...calls];
  return {
    ...{ gk: 2, from, runs, path: common },
    calls: calls.map(({ n: _, run = '', path, ...call }) => ({
      ...{ key: run.slice(runs.length), ...call },
      ...(path === common ? {} : { path }),
    })),
  };
}

const callAnswerSchema = z.object({
  /** How long it took, its retries included, in milliseconds. */
  ms: z.number(),
  output: z.unknown().optional(),
  /** Of one that succeeded after errors, failed, or was cancelled. */
  ledger: ledgerSchema.optional(),
  /**
   * Absent: it succeeded. `failed`: for good. `alone`: it goes on as an activity of its own, as it failed, was slow, or its
   * worker was lost. `unbegun`: the other members took all the time there was.
   */
  end: z.enum(['failed', 'alone', 'unbegun', 'cancelled']).optional(),
  /** Of one that failed. */
  reason: stepFailureSchema.shape.reason.optional(),
  /** Of one that goes on alone: what its next attempt must know, and after how many milliseconds it is due. */
  carried: heartbeatSchema.optional(),
  delayMs: z.number().optional(),
  /** Inline, and of a light run: what its attempts show with the run, which they cannot signal. */
  artifacts: z.array(sentArtifactsSchema).optional(),
  /** Inline: which use of the job it is, and the digest of its input, as a marker has no input. */
  n: z.int().optional(),
  input: z.string().optional(),
});
export type CallAnswer = z.infer<typeof callAnswerSchema>;

/** What a batch returns: an answer for each call, in order. */
export const batchResultSchema = z.object({ gk: z.literal(1), answers: z.array(callAnswerSchema) });
export type BatchResult = z.infer<typeof batchResultSchema>;

/** What a batch heartbeats, by the calls' numbers: should its worker be lost, nothing that had ended runs again. */
export const batchHeartbeatSchema = z.object({
  gk: z.literal(1),
  batch: z.object({
    /** So many calls, in order, have begun. */
    begun: z.int(),
    answers: z.record(z.string(), callAnswerSchema),
    /** Of calls that failed and are tried again. */
    carried: z.record(z.string(), heartbeatSchema),
  }),
});
export type BatchHeartbeat = z.infer<typeof batchHeartbeatSchema>;

/** The ledger that an answer tells, if any. */
export const ledgerOf = ({ ledger, carried }: CallAnswer) => ledger ?? carried?.ledger;
