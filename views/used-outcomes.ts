// Which outcomes of other runs an execution used, as its history tells it: what it achieved, what started it, what it kept.

import type { temporal } from '@temporalio/proto';
import { usedSchema } from '../goals/wire/datasets.ts';
import { activityNames, memoNames } from '../goals/wire/names.ts';
import type { throughs } from '../goals/wire/retraction.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import { type Why, whySchema } from '../goals/wire/run-view.ts';
import type { StartedRun } from '../goals/wire/start.ts';
import { notedSchema } from '../goals/wire/stored.ts';
import { millisecondsOf } from './event-time.ts';
import { resumeOf } from './known-steps.ts';
import { localActivity } from './local-activity.ts';
import { value } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

export interface OutcomeUse {
  run: string;
  /** Null where the history does not tell which: the last one that was achieved by then. */
  execution: string | null;
  through: (typeof throughs)[number];
  /** When it was there to be used, in milliseconds since 1970, and which event says so. */
  at: number;
  event: number;
}

/** In the order of the history. A needed goal that failed was not used. */
export function usesIn(events: readonly Event[]): OutcomeUse[] {
  const [first] = events;
  const own = first?.workflowExecutionStartedEventAttributes ?? {};
  const children = new Map<string, string>();
  const uses: OutcomeUse[] = [];
  const begun = millisecondsOf(first?.eventTime) ?? 0;
  const why = whySchema.safeParse(value(own.memo?.fields?.[memoNames.why])).data;
  uses.push(...useOfStart(why, begun));
  const resume = resumeOf(own);
  if (resume?.outcome === 'achieved' && resume.seed && resume.recovery === undefined && own.workflowId)
    uses.push({ run: own.workflowId, execution: resume.from, through: 'kept', at: begun, event: 1 });
  for (const event of events) {
    const at = millisecondsOf(event.eventTime) ?? 0;
    const n = Number(event.eventId);
    const used = (run: string, execution: string | null): void => {
      uses.push({ run, execution, through: 'achieve', at, event: n });
    };
    const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
    const run = initiated?.workflowId ?? '';
    if (initiated && parseRunId(run)?.goal === initiated.workflowType?.name)
      children.set(String(event.eventId), run);
    const completed = event.childWorkflowExecutionCompletedEventAttributes;
    const child = children.get(String(completed?.initiatedEventId));
    if (completed && child !== undefined) used(child, completed.workflowExecution?.runId ?? null);
    const made = makerIn(event);
    if (made !== null) uses.push({ ...made, through: 'dataset', at, event: n });
    const joined = joinedIn(event);
    if (joined !== null) used(joined.run, joined.execution);
  }
  return uses;
}

/** What started a run, where that was an outcome; `at`: when it began, in milliseconds since 1970. */
export const useOfStart = (why: Why | undefined, at: number): OutcomeUse[] =>
  why?.kind !== 'outcome' || why.ref === null
    ? []
    : [{ run: why.ref, execution: why.execution ?? null, through: 'outcome', at, event: 1 }];

/** The execution that made the partition which an event says was used. */
function makerIn(event: Event): { run: string; execution: string } | null {
  const { type, result } = localActivity(event) ?? {};
  if (type !== activityNames.usePartition) return null;
  const { used } = (result ?? {}) as { used?: unknown };
  const { run, execution } = usedSchema.safeParse(used).data?.by ?? {};
  return run === undefined || execution === undefined ? null : { run, execution };
}

/** A run that was found achieved: by the answer of the look, or where that lies outside of the history by what was noted of it. */
function joinedIn(event: Event): { run: string; execution: string | null } | null {
  const { type, result } = localActivity(event) ?? {};
  if (type === activityNames.note) {
    const noted = notedSchema.safeParse(result).data?.run;
    return noted === undefined ? null : { run: noted.id, execution: null };
  }
  if (type === activityNames.startRun) {
    // Of a light goal, and achieved at once.
    const { id, execution, need } = (result ?? {}) as Partial<StartedRun>;
    if (id === undefined || need === undefined || !('achievement' in need)) return null;
    return { run: id, execution: execution ?? null };
  }
  if (type !== activityNames.findRun || typeof result !== 'object' || result === null) return null;
  const { id, state, execution } = result as { id?: unknown; state?: unknown; execution?: unknown };
  if (state !== 'achieved' || typeof id !== 'string') return null;
  return { run: id, execution: typeof execution === 'string' ? execution : null };
}
