// What an execution knows of results: its own steps', and those that it kept from the execution it goes on from.

import type { temporal } from '@temporalio/proto';
import { askedContent, keptName } from '../goals/wire/approvals.ts';
import { attemptOf } from '../goals/wire/attempt-id.ts';
import type { Answer } from '../goals/wire/batch.ts';
import { shardJob } from '../goals/wire/map.ts';
import { activityNames, codeOfBuild, RESERVED_PREFIX } from '../goals/wire/names.ts';
import {
  type KeptPage,
  type KeptResult,
  keptPageSchema,
  type Resume,
  resumeSchema,
  type Taken,
  takenSchema,
  withSupplied,
} from '../goals/wire/resume.ts';
import { inputDigest } from '../goals/wire/run-id.ts';
import { notedSchema, storedSchema } from '../goals/wire/stored.ts';
import { askedIn, decisionIn } from './asked-steps.ts';
import { answersIn, type Carried, carriedBy, inlineCalls } from './batches.ts';
import { outputOf } from './foreign-attempts.ts';
import { mapIn, type Shard, shardIdIn, shardIn, shardResult, shardStep } from './known-shards.ts';
import { localActivity } from './local-activity.ts';
import { firstValue, storedIn, value } from './payload.ts';
import { undoneIn } from './undone.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Scheduled = temporal.api.history.v1.IActivityTaskScheduledEventAttributes;

/** A step of a job, by the execution that a resume would go on from. */
export interface KnownStep extends Omit<KeptResult, 'output'> {
  /** Its path there; null for a kept result that no step has taken. */
  step: string | null;
  /** Null when it has not succeeded. */
  result: { output: unknown } | null;
  /** Its input lies in external storage, and has not been fetched: its digest is of no use. */
  isStored?: true;
}

/** An execution that was ended before it had read what it keeps is passed over; so many of them, and no more. */
const PASSED_OVER_LIMIT = 100;

/** Of a run that goes on from another: what it was told. */
export const resumeOf = (
  start: temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes,
): Resume | null => resumeSchema.safeParse(value(start.input?.payloads?.[1])).data ?? null;

/** Digest of the workflow code that did an execution's last workflow task; null where it is not known. */
export const codeOf = (events: readonly Event[]): string | null =>
  codeOfBuild(
    events.findLast((event) => event.workflowTaskCompletedEventAttributes)
      ?.workflowTaskCompletedEventAttributes?.workerVersion?.buildId,
  );

/** The steps that an execution knows, in the order in which the next one may take their results. */
export async function knownSteps(
  execution: string,
  historyOf: (execution: string) => Promise<readonly Event[]>,
): Promise<KnownStep[]> {
  const passedOver: { execution: string; resume: Resume }[] = [];
  for (let at = execution; ; ) {
    const events = await historyOf(at);
    const resume = resumeOf(events[0]?.workflowExecutionStartedEventAttributes ?? {});
    const pages = keptPagesIn(events);
    const whole = resume === null || !resume.seed || pages.at(-1)?.next === null;
    if (!whole && passedOver.length < PASSED_OVER_LIMIT) {
      passedOver.push({ execution: at, resume });
      at = resume.from;
      continue;
    }
    const inherited =
      resume === null
        ? []
        : inheritedBy(
            events,
            at,
            resume,
            pages.flatMap(({ results }) => results),
          );
    const known = withoutUndone(events, [
      ...inherited.map((step): Named => [step.step ?? '', step]),
      ...ownSteps(events, at, inherited.length),
    ]);
    return passedOver.reduceRight(
      (steps, over) => keptBy(steps, over.resume, over.execution).map((step, n) => ({ ...step, n })),
      known,
    );
  }
}

/** The steps whose result a resume keeps: each success that is not excluded, or is supplied by an operator. */
export function keptBy(
  steps: readonly KnownStep[],
  { exclude, supply }: Pick<Resume, 'exclude' | 'supply'>,
  execution: string,
): (KnownStep & { result: { output: unknown } })[] {
  return steps.flatMap(({ result, ...rest }) => {
    const supplied = supply.find(({ n }) => n === rest.n);
    if (supplied !== undefined) return [{ ...rest, from: execution, result: { output: supplied.output } }];
    if (result === null || (rest.step !== null && exclude.includes(rest.step))) return [];
    return [{ ...rest, result }];
  });
}

/** Of a page that lies outside of the history, what was noted of it: all but the results. */
function keptPagesIn(events: readonly Event[]): KeptPage[] {
  const pages: KeptPage[] = [];
  let isOutside = false;
  for (const event of events) {
    const { type, result } = localActivity(event) ?? {};
    if (type === activityNames.keptResults) isOutside = storedSchema.safeParse(result).success;
    const noted =
      type === activityNames.note && isOutside ? notedSchema.safeParse(result).data?.kept : undefined;
    const page = type === activityNames.keptResults ? keptPageSchema.safeParse(result).data : noted;
    if (page !== undefined) pages.push(page);
  }
  return pages;
}

function resultsOf(events: readonly Event[], type: string): unknown[] {
  return events.flatMap((event) => {
    const local = localActivity(event);
    return local?.type === type ? [local.result] : [];
  });
}

/**
 * A step by what tells it from the others in a history: its path, but of a shard its workflow ID, as another of the same
 * map may begin and end with the same items.
 */
type Named = [name: string, step: KnownStep];

/** What was torn down is as good as never done. */
function withoutUndone(events: readonly Event[], known: readonly Named[]): KnownStep[] {
  const begunWith = new Map<string, number>();
  for (const event of events) {
    const local = localActivity(event);
    const taken = local?.type === activityNames.keptSteps ? takenSchema.safeParse(local.result).data : [];
    const scheduled = event.activityTaskScheduledEventAttributes;
    const begun = scheduled ? (carriedBy(scheduled)?.map(({ path }) => path) ?? [scheduled.activityId]) : [];
    const inline = inlineCalls(event) ?? [];
    for (const name of [
      ...begun,
      shardIdIn(event),
      ...[...(taken ?? []), ...inline].map((step) => step.path),
    ])
      if (name && !begunWith.has(name)) begunWith.set(name, Number(event.eventId));
  }
  const isUndone = undoneIn(events);
  return known.map(([name, step]) =>
    isUndone(workOf(step.job), begunWith.get(name) ?? null) ? { ...step, result: null } : step,
  );
}

/** The job that has done it, also of a shard. */
const workOf = (job: string): string => (job.startsWith(shardJob('')) ? job.slice(shardJob('').length) : job);

function inheritedBy(
  events: readonly Event[],
  execution: string,
  resume: Resume,
  read: readonly KeptResult[],
): KnownStep[] {
  const taken = resultsOf(events, activityNames.keptSteps).flatMap(
    (result): Taken => takenSchema.safeParse(result).data ?? [],
  );
  const pathOf = new Map(taken.map(({ n, path }) => [n, path]));
  return withSupplied(read, resume.supply, execution).map(({ n, output, ...rest }, i) => ({
    ...rest,
    n: i,
    step: pathOf.get(n) ?? null,
    result: { output },
  }));
}

function ownSteps(events: readonly Event[], from: string, first: number): Map<string, KnownStep> {
  const steps = new Map<string, KnownStep>();
  const activities = new Map<string, Scheduled>();
  const batches = new Map<string, Carried[]>();
  /** By the event that initiated them; and the job of each map. */
  const shards = new Map<string, Shard>();
  const jobs = new Map<string, string>();
  const begin = ({ path, job, digest }: Carried): void => {
    if (!steps.has(path))
      steps.set(path, { n: first + steps.size, job, input: digest(), from, step: path, result: null });
  };
  const answer = (path: string, { end, output }: Answer): void => {
    const step = steps.get(path);
    if (step !== undefined && end === undefined) step.result = { output };
  };
  for (const event of events) {
    for (const { answer: told, ...call } of inlineCalls(event) ?? []) {
      begin(call);
      answer(call.path, told);
    }
    const carried = event.activityTaskScheduledEventAttributes
      ? carriedBy(event.activityTaskScheduledEventAttributes)
      : null;
    if (carried !== null) {
      batches.set(String(event.eventId), carried);
      carried.forEach(begin);
      continue;
    }
    const together = batches.get(String(event.activityTaskCompletedEventAttributes?.scheduledEventId));
    if (together !== undefined) {
      const answers = answersIn(event.activityTaskCompletedEventAttributes?.result);
      together.forEach(({ path }, i) => {
        const told = answers[i];
        if (told !== undefined) answer(path, told);
      });
      continue;
    }
    for (const [path, asked] of askedIn(event))
      if (asked !== null)
        steps.set(path, {
          n: first + steps.size,
          job: keptName(asked),
          input: inputDigest(askedContent(asked)),
          from,
          step: path,
          result: null,
        });
    const map = mapIn(event);
    if (map !== undefined) jobs.set(map.step, map.job);
    const shard = shardIn(event);
    if (shard !== null) {
      shards.set(String(event.eventId), shard);
      if (!steps.has(shard.id))
        steps.set(shard.id, { n: first + steps.size, ...shardStep(shard, jobs), from, result: null });
    }
    const closed = event.childWorkflowExecutionCompletedEventAttributes;
    const ended = shards.get(String(closed?.initiatedEventId));
    const did = ended && steps.get(ended.id);
    if (ended && did) did.result = shardResult(ended, firstValue(closed?.result));
    const decision = decisionIn(event);
    const asking = steps.get(decision?.step ?? '');
    // A rejection is no success: it is asked again.
    if (asking && decision?.decision === 'approve') {
      const { step: _, ...output } = decision;
      asking.result = { output };
    }
    const scheduled = event.activityTaskScheduledEventAttributes;
    const job = scheduled?.activityType?.name ?? '';
    if (scheduled && !job.startsWith(RESERVED_PREFIX)) {
      activities.set(String(event.eventId), scheduled);
      const { path, n } = attemptOf(scheduled.activityId ?? '');
      // Of a step whose attempts are activities of their own, only the first begins it; nor does one that
      // goes on after a callback told of a failure.
      if (n === 1 && !steps.has(path))
        begin({ path, job, digest: () => inputDigest(firstValue(scheduled.input)) });
      const begun = steps.get(path);
      if (begun !== undefined && storedIn(scheduled.input?.payloads?.[0]) !== null) begun.isStored = true;
    }
    const completed = event.activityTaskCompletedEventAttributes;
    const activity = activities.get(String(completed?.scheduledEventId));
    const step = steps.get(attemptOf(activity?.activityId ?? '').path);
    if (completed && activity && step) step.result = outputOf(activity, completed.result) ?? step.result;
  }
  return steps;
}
