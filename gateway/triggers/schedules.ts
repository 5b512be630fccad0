// Schedules of goals: what is published of them, and what Temporal tells. No worker need be up.

import {
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleSummary,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/client';
import type { ScheduleSummaryView, ScheduleView, TriggerView } from '../../goals/wire/answers.ts';
import { isClockTime } from '../../goals/wire/clock-times.ts';
import {
  memoNames,
  partsOfScheduleId,
  SCHEDULED,
  scheduledIdPrefix,
  scheduleId,
} from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import {
  type AskedTrigger,
  type ScheduleTerms,
  scheduleActionSchema,
  triggerMemoSchema,
} from '../../goals/wire/schedules.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { value } from '../../views/payload.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { Problem } from '../http/problems.ts';
import type { Page, Pages } from '../temporal/pages.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { outcomeOf } from '../temporal/visibility-query.ts';
import type { ListedSchedules } from './listed-schedules.ts';
import { noteOf, readNote, type Steered } from './schedule-note.ts';

const LAST_SHOWN = 10;

type Row = NonNullable<Page['executions']>[number];

export interface ScheduleDeps {
  temporal: Temporal;
  catalogue: Catalogue;
  pages: Pages;
}

/** Those of a goal, or of all. */
export async function allSchedules(
  { schedules, catalogue }: Pick<ScheduleDeps, 'catalogue'> & { schedules: ListedSchedules },
  goal: string | undefined,
): Promise<ScheduleSummaryView[]> {
  const found = await schedules();
  return (await catalogue.all())
    .filter((publication) => !publication.retired && goal === (goal && publication.goal))
    .flatMap((publication) =>
      (publication.schedules ?? []).map((terms) =>
        summary(publication, terms, found.get(scheduleId(publication.goal, terms.name)) ?? null),
      ),
    );
}

/** One schedule; a `Problem` when none is published by that ID. */
export async function findSchedule(deps: ScheduleDeps, id: string): Promise<ScheduleView> {
  const { publication, terms } = await published(deps, id);
  const [described, last] = await Promise.all([
    describe(deps, id),
    lastTriggers(deps, publication.goal, terms.name),
  ]);
  const { numActionsTaken, numActionsSkippedOverlap, numActionsMissedCatchupWindow } = described?.info ?? {};
  return {
    ...summary(publication, terms, described),
    triggered: numActionsTaken ?? 0,
    skipped: numActionsSkippedOverlap ?? 0,
    missed: numActionsMissedCatchupWindow ?? 0,
    last,
  };
}

export async function steerSchedule(
  deps: ScheduleDeps,
  verb: 'pause' | 'unpause',
  id: string,
  who: Pick<Steered, 'by' | 'verified' | 'reason'>,
): Promise<ScheduleView> {
  await existing(deps, id);
  const { call, client } = deps.temporal;
  const note = noteOf(verb, { ...who, at: new Date().toISOString() });
  await call(() => client.schedule.getHandle(id)[verb](note));
  return findSchedule(deps, id);
}

/** Has the goal pursued for a time, whatever its overlap policy says: a person wishes it. The ID of the trigger. */
export async function startTrigger(
  deps: ScheduleDeps,
  id: string,
  asked: AskedTrigger,
  idempotencyKey: string | null,
): Promise<string> {
  const { call, client } = deps.temporal;
  const { goal } = (await published(deps, id)).publication;
  const { action } = await existing(deps, id);
  const [given] = action.args as unknown[];
  const { terms } = scheduleActionSchema.parse(given);
  // As Temporal names those that it starts: two who ask within a second ask for the same.
  const time = asked.at.replace(/\.\d+Z$/, 'Z');
  const which = idempotencyKey === null ? time : sha256(idempotencyKey).slice(0, 24);
  const workflowId = `${scheduledIdPrefix(goal, terms.name)}-${which}`;
  try {
    await call(() =>
      client.workflow.start(SCHEDULED, {
        workflowId,
        taskQueue: action.taskQueue,
        args: [given, asked],
        staticSummary: boundedText(`schedule ${terms.name} of ${goal}, asked for`, 120),
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return workflowId;
}

async function published(
  { catalogue }: ScheduleDeps,
  id: string,
): Promise<{ publication: Publication; terms: ScheduleTerms }> {
  const parts = partsOfScheduleId(id);
  const publication = parts === null ? null : await catalogue.find(parts.goal);
  const terms = publication?.schedules?.find(({ name }) => name === parts?.name);
  if (publication != null && terms !== undefined && !publication.retired) return { publication, terms };
  throw new Problem(
    'schedule_unknown',
    `There is no schedule ${id.slice(0, 200)}. GET /schedules lists them.`,
  );
}

async function describe({ temporal }: ScheduleDeps, id: string): Promise<ScheduleDescription | null> {
  try {
    return await temporal.call(() => temporal.client.schedule.getHandle(id).describe());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** What Temporal has of a schedule that is published; a `Problem` when it has none. */
async function existing(deps: ScheduleDeps, id: string): Promise<ScheduleDescription> {
  await published(deps, id);
  const described = await describe(deps, id);
  if (described !== null) return described;
  throw new Problem(
    'schedule_absent',
    `Temporal has no schedule ${id}; a worker of its goal that starts creates it.`,
  );
}

async function lastTriggers({ pages }: ScheduleDeps, goal: string, name: string): Promise<TriggerView[]> {
  const prefix = scheduledIdPrefix(goal, name);
  const query = `WorkflowType = '${SCHEDULED}' AND WorkflowId STARTS_WITH '${prefix}'`;
  const { executions } = await pages(query, LAST_SHOWN, null);
  return (executions ?? []).map(triggerView).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

function triggerView({ execution, memo, startTime, status }: Row): TriggerView {
  const told = triggerMemoSchema.safeParse(value(memo?.fields?.[memoNames.trigger])).data;
  const startedAt = new Date(Number(startTime?.seconds ?? 0) * 1000).toISOString();
  const { at, by, reason, missed, due, runs } = told ?? {
    ...{ at: startedAt, by: null, reason: null, missed: 0, due: 1, runs: [] },
  };
  const open = outcomeOf(status) === null;
  return { at, by, reason, missed, due, runs, trigger: execution?.workflowId ?? '', startedAt, open };
}

/** What Temporal comes to beside, where the clock is changed, its trigger drops. */
const nextOf = (terms: ScheduleTerms, told: ScheduleSummary | null): string[] =>
  (told?.info.nextActionTimes ?? [])
    .filter((time) => isClockTime(terms, time.getTime()))
    .map((time) => time.toISOString());

function summary(
  { goal, owner, team }: Publication,
  terms: ScheduleTerms,
  told: ScheduleSummary | null,
): ScheduleSummaryView {
  const state = told === null ? 'absent' : told.state.paused ? 'paused' : 'active';
  return {
    ...{ id: scheduleId(goal, terms.name), goal, owner, team, ...terms, state },
    ...readNote(told?.state.note),
    next: state === 'active' ? nextOf(terms, told) : [],
  };
}
