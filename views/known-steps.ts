// What an execution knows of results: its own steps', and those that it kept from the execution it goes on from.

import type { temporal } from '@temporalio/proto';
import { type LightSeed, lightSeedSchema } from '../goals/wire/light.ts';
import { shardJob } from '../goals/wire/map.ts';
import { activityNames, codeOfBuild } from '../goals/wire/names.ts';
import type { PublishedBuild } from '../goals/wire/publication.ts';
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
import { notedSchema, storedSchema } from '../goals/wire/stored.ts';
import { carriedBy, inlineCalls } from './batches.ts';
import { shardIdIn } from './known-shards.ts';
import type { KnownStep } from './known-step.ts';
import { localActivity } from './local-activity.ts';
import { ownSteps } from './own-steps.ts';
import { value } from './payload.ts';
import { undoneIn } from './undone.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** An execution that was ended before it had read what it keeps is passed over; so many of them, and no more. */
const PASSED_OVER_LIMIT = 100;

/** Of a run that goes on from another: what it was told. */
export const resumeOf = (
  start: temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes,
): Resume | null => resumeSchema.safeParse(value(start.input?.payloads?.[1])).data ?? null;

/** Of a run that was a light one: what that had done. */
export const seedOf = (
  start: temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes,
): LightSeed | null => lightSeedSchema.safeParse(value(start.input?.payloads?.[1])).data ?? null;

/** Digest of the workflow code that did an execution's last workflow task; null where neither its build ID nor `builds` tell. */
export function codeOf(events: readonly Event[], builds: readonly PublishedBuild[] = []): string | null {
  const did = events.findLast(
    (event) => event.workflowTaskCompletedEventAttributes,
  )?.workflowTaskCompletedEventAttributes;
  const build = did?.deploymentVersion?.buildId || did?.workerVersion?.buildId;
  return codeOfBuild(build) ?? builds.find((known) => known.build === build)?.code ?? null;
}

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
    const seed = seedOf(events[0]?.workflowExecutionStartedEventAttributes ?? {});
    const inherited =
      resume === null
        ? inheritedBy(events, at, { supply: [] }, seed?.results ?? [])
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

/** With which event each step began, by its path, or of a shard by its workflow ID. */
export function beginningsIn(events: readonly Event[]): Map<string, number> {
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
  return begunWith;
}

/** What was torn down is as good as never done. */
function withoutUndone(events: readonly Event[], known: readonly Named[]): KnownStep[] {
  const begunWith = beginningsIn(events);
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
  resume: Pick<Resume, 'supply'>,
  read: readonly KeptResult[],
): KnownStep[] {
  const taken = resultsOf(events, activityNames.keptSteps).flatMap(
    (result): Taken => takenSchema.safeParse(result).data ?? [],
  );
  const pathOf = new Map(taken.map(({ n, path }) => [n, path]));
  return withSupplied(read, resume.supply, execution).map(({ n, job, input, from, output }, i) => ({
    ...{ job, input, from, n: i },
    step: pathOf.get(n) ?? null,
    result: { output },
  }));
}
