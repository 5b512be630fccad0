// Ends a run that cannot end itself, as its code cannot go on or no worker serves it. What its steps have met is read
// first, as the engine forgets it, and travels in the details of the end, where the run's view finds it.

import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { actorText } from '../goals/wire/actor.ts';
import { ENDED_LEDGERS_BYTES, type Ended } from '../goals/wire/ended.ts';
import type { Failure } from '../goals/wire/failure.ts';
import { jsonBytes, keptEntries, type Ledger, lastEntry } from '../goals/wire/ledger.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';
import { isNotFound } from './is-not-found.ts';
import { pendingActivities, type RunExecution, readLedgers } from './pending-ledgers.ts';
import type { TemporalCaller } from './start-execution.ts';

export interface EndAs {
  outcome: Ended['outcome'];
  /** Why it could not end itself: `while …`. */
  during: string;
  /** The error that was in the way, where no step under way has one: of one that has failed, and nobody heard. */
  trouble?: Pick<Failure, 'path' | 'cause'> | null;
  /** Who wants it, and why; beside `during`. */
  by?: string;
  /** Whether the gateway knows that it is `by`. */
  verified?: boolean;
  reason?: string;
}

/** What became of it; null when it has closed meanwhile by itself. */
export async function endRun(
  caller: TemporalCaller,
  of: RunExecution,
  { outcome, during, by, verified, reason, trouble = null }: EndAs,
): Promise<Ended | null> {
  const { client, call } = caller;
  try {
    const jobs = jobsOf(await pendingActivities(caller, of));
    const ledgers = bounded(await readLedgers(caller, of));
    const failure = outcome === 'failed' ? deadlineFailure(of.run, ledgers, jobs, during, trouble) : null;
    const ended: Ended = { gk: 1, outcome, failure, ledgers };
    const why = failure?.message ?? `cancelled ${during}`;
    await call((service) =>
      service.terminateWorkflowExecution({
        namespace: client.options.namespace,
        // Not whatever execution there may be by then.
        workflowExecution: { workflowId: of.run, runId: of.execution },
        firstExecutionRunId: '',
        identity: by === undefined ? client.options.identity : actorText(by, { verified }),
        reason: boundedText(reason === undefined ? why : `${reason}; ${why}`, 1000),
        details: { payloads: [defaultPayloadConverter.toPayload(ended) as Payload] },
      }),
    );
    return ended;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

const jobsOf = (pending: Awaited<ReturnType<typeof pendingActivities>>): Map<string, string> =>
  new Map(pending.map(({ activityId, activityType }) => [activityId ?? '', activityType?.name ?? '']));

/** From the smallest, as far as they fit: what is left out shows as attempts without errors. */
function bounded(ledgers: Record<string, Ledger>): Record<string, Ledger> {
  const sized = Object.entries(ledgers).map((entry) => ({ entry, bytes: jsonBytes(entry) }));
  let bytes = 0;
  const kept = sized
    .sort((a, b) => a.bytes - b.bytes)
    .filter((one) => {
      bytes += one.bytes;
      return bytes <= ENDED_LEDGERS_BYTES;
    });
  return Object.fromEntries(kept.map(({ entry }) => entry));
}

/** As its own worker would have said it: the first cause is the error that an unfinished step had been retrying for longest. */
function deadlineFailure(
  run: string,
  ledgers: Record<string, Ledger>,
  jobs: ReadonlyMap<string, string>,
  during: string,
  trouble: Pick<Failure, 'path' | 'cause'> | null,
): Failure {
  const since = (ledger: Ledger): string => keptEntries(ledger)[0]?.at ?? '';
  const [troubled] = Object.entries(ledgers)
    .filter(([, ledger]) => lastEntry(ledger) !== undefined)
    .sort(([, a], [, b]) => since(a).localeCompare(since(b)));
  const message = `the deadline passed ${during}`;
  const told = { kind: 'deadline', code: 'deadline_passed' } as const;
  const [step, ledger] = troubled ?? [];
  const entry = ledger === undefined ? undefined : lastEntry(ledger);
  if (step === undefined || entry === undefined)
    return {
      ...told,
      message: boundedText(trouble?.cause ? `${message}: ${trouble.cause.message}` : message, 1000),
      path: trouble?.path ?? Object.keys(ledgers).slice(0, 1),
      cause: trouble?.cause ?? null,
    };
  const { n: attempt, at, type, code, fingerprint, class: errorClass } = entry;
  return {
    ...told,
    message: boundedText(`${message}, and while ${step} was being retried: ${entry.message}`, 1000),
    path: [step],
    cause: {
      ...{ run, step, job: jobs.get(step) ?? step, attempt, at, type, code, fingerprint },
      ...{ message: entry.message, class: errorClass },
    },
  };
}
