// Schedules of goals: what is published of them, and what Temporal tells. No worker need be up.

import {
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleSummary,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/client';
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
  type TriggerMemo,
  triggerMemoSchema,
} from '../../goals/wire/schedules.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { value } from '../../views/payload.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { Problem } from '../http/problems.ts';
import type { Pages } from '../temporal/pages.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { outcomeOf } from '../temporal/visibility-query.ts';

export interface ScheduleSummaryView extends ScheduleTerms {
  id: string;
  goal: string;
  owner: string;
  team: string;
  /** `absent`: it is published, and Temporal has none; a worker of the goal that starts creates it. */
  state: 'active' | 'paused' | 'absent';
  /** Who paused it or had it go on, and why. */
  note: string | null;
  /** The next scheduled times, without jitter. */
  next: string[];
}

export interface ScheduleView extends ScheduleSummaryView {
  /** How often Temporal has started its trigger. */
  triggered: number;
  /** Times at which a run was still open; those that a catch-up made up for are among them. */
  skipped: number;
  /** Times that Temporal came to too late to make up for them. What a catch-up passed over is told in `last`. */
  missed: number;
  /** The latest triggers, newest first. */
  last: TriggerView[];
}

export interface TriggerView extends Omit<TriggerMemo, 'schedule'> {
  trigger: string;
  startedAt: string;
  /** Whether it is still open: its run is, or no worker has taken it yet. */
  open: boolean;
}

const LAST_SHOWN = 10;

export interface Schedules {
  list(goal: string | undefined): Promise<{ items: ScheduleSummaryView[]; next: null }>;
  find(id: string): Promise<ScheduleView>;
  pause(id: string, by: string, reason: string): Promise<ScheduleView>;
  unpause(id: string, by: string, reason: string): Promise<ScheduleView>;
  /** Has the goal pursued for a time, whatever its overlap policy says: a person wishes it. The ID of the trigger. */
  trigger(id: string, asked: AskedTrigger, idempotencyKey: string | null): Promise<{ trigger: string }>;
}

export function schedulesOf(temporal: Temporal, catalogue: Catalogue, pages: Pages): Schedules {
  const { client } = temporal;

  const published = async (id: string): Promise<{ publication: Publication; terms: ScheduleTerms }> => {
    const parts = partsOfScheduleId(id);
    const publication = parts === null ? null : await catalogue.find(parts.goal);
    const terms = publication?.schedules?.find(({ name }) => name === parts?.name);
    if (publication != null && terms !== undefined && !publication.retired) return { publication, terms };
    throw new Problem(
      'schedule_unknown',
      `There is no schedule ${id.slice(0, 200)}. GET /schedules lists them.`,
    );
  };

  const describe = async (id: string): Promise<ScheduleDescription | null> => {
    try {
      return await temporal.call(() => client.schedule.getHandle(id).describe());
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return null;
      throw error;
    }
  };

  const last = async ({ goal }: Publication, { name }: ScheduleTerms): Promise<TriggerView[]> => {
    const prefix = scheduledIdPrefix(goal, name);
    const query = `WorkflowType = '${SCHEDULED}' AND WorkflowId STARTS_WITH '${prefix}'`;
    const { executions } = await pages(query, LAST_SHOWN, null);
    const found = (executions ?? []).map(({ execution, memo, startTime, status }): TriggerView => {
      const told = triggerMemoSchema.safeParse(value(memo?.fields?.[memoNames.trigger])).data;
      const startedAt = new Date(Number(startTime?.seconds ?? 0) * 1000).toISOString();
      const { schedule: _, ...rest } = told ?? {
        ...{ schedule: '', at: startedAt, by: null, reason: null, missed: 0, due: 1, runs: [] },
      };
      const isOpen = outcomeOf(status) === null;
      return { ...rest, trigger: execution?.workflowId ?? '', startedAt, open: isOpen };
    });
    return found.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  };

  const view = async (id: string): Promise<ScheduleView> => {
    const { publication, terms } = await published(id);
    const [described, triggers] = await Promise.all([describe(id), last(publication, terms)]);
    const { numActionsTaken, numActionsSkippedOverlap, numActionsMissedCatchupWindow } =
      described?.info ?? {};
    return {
      ...summary(publication, terms, described),
      triggered: numActionsTaken ?? 0,
      skipped: numActionsSkippedOverlap ?? 0,
      missed: numActionsMissedCatchupWindow ?? 0,
      last: triggers,
    };
  };

  const existing = async (id: string): Promise<ScheduleDescription> => {
    await published(id);
    const described = await describe(id);
    if (described !== null) return described;
    throw new Problem(
      'schedule_absent',
      `Temporal has no schedule ${id}; a worker of its goal that starts creates it.`,
    );
  };

  return {
    async list(goal) {
      const found = new Map<string, ScheduleSummary>();
      const pages = client.schedule.list({ pageSize: 200 })[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await temporal.call(() => pages.next());
        if (done) break;
        if (partsOfScheduleId(value.scheduleId) !== null) found.set(value.scheduleId, value);
      }
      const items = (await catalogue.all())
        .filter((publication) => !publication.retired && goal === (goal && publication.goal))
        .flatMap((publication) =>
          (publication.schedules ?? []).map((terms) =>
            summary(publication, terms, found.get(scheduleId(publication.goal, terms.name)) ?? null),
          ),
        );
      return { items, next: null };
    },
    find: view,
    async pause(id, by, reason) {
      await existing(id);
      await temporal.call(() => client.schedule.getHandle(id).pause(noteOf('paused', by, reason)));
      return view(id);
    },
    async unpause(id, by, reason) {
      await existing(id);
      await temporal.call(() => client.schedule.getHandle(id).unpause(noteOf('goes on', by, reason)));
      return view(id);
    },
    async trigger(id, asked, idempotencyKey) {
      const { publication } = await published(id);
      const { action } = await existing(id);
      const { terms } = scheduleActionSchema.parse((action.args as unknown[])[0]);
      // As Temporal names those that it starts: two who ask within a second ask for the same.
      const time = asked.at.replace(/\.\d+Z$/, 'Z');
      const which = idempotencyKey === null ? time : sha256(idempotencyKey).slice(0, 24);
      const workflowId = `${scheduledIdPrefix(publication.goal, terms.name)}-${which}`;
      try {
        await temporal.call(() =>
          client.workflow.start(SCHEDULED, {
            workflowId,
            taskQueue: action.taskQueue,
            args: [(action.args as unknown[])[0], asked],
            staticSummary: boundedText(`schedule ${terms.name} of ${publication.goal}, asked for`, 120),
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
            workflowIdConflictPolicy: 'USE_EXISTING',
          }),
        );
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      return { trigger: workflowId };
    },
  };
}

const noteOf = (what: string, by: string, reason: string): string =>
  boundedText(`${what} by ${by}: ${reason}`, 500);

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
    note: told?.state.note || null,
    next: state === 'active' ? nextOf(terms, told) : [],
  };
}
