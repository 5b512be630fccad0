// What a schedule starts at each of its times: it starts or joins the run of that time, and is open as long as the
// run, so that Temporal's overlap policies hold. After an outage it makes up for what was missed.
//
// scheduled.1. The terms come with the start, and a replay asks the team's code for nothing: so a trigger that is open
//     outlives its schedule.

import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import type { Goal } from '../../goals/index.ts';
import { verifiedMark } from '../../goals/wire/actor.ts';
import { memoNames, scheduleId } from '../../goals/wire/names.ts';
import {
  type AskedTrigger,
  type AwaitedEnd,
  askedTriggerSchema,
  type ScheduleTerms,
  scheduleActionSchema,
  TRIGGERED_SHOWN,
  type TriggeredRun,
  type TriggerMemo,
} from '../../goals/wire/schedules.ts';
import type { StartedRun } from '../../goals/wire/start.ts';
import { dueTimes } from './due-times.ts';
import { noSchedule, type ScheduledInput, scheduledInput, scheduleNamed } from './scheduled-input.ts';
import { awaitRun, cancelRun, triggerRun } from './triggered-run.ts';

export async function scheduled(
  goals: readonly Goal[],
  given: unknown,
  second: unknown,
): Promise<TriggerMemo> {
  const action = scheduleActionSchema.safeParse(given);
  const asked = askedTriggerSchema.optional().safeParse(second);
  if (!action.success || !asked.success)
    throw ApplicationFailure.nonRetryable(
      `the terms of a schedule are wrong: ${z.prettifyError((action.error ?? asked.error) as z.ZodError)}`,
    );
  const { goal, terms } = action.data;
  const declared = scheduleNamed(goals, goal, terms.name);
  // Not a failure: a worker that knows it may be on its way, so the task is tried again.
  // scheduled.1: a replay does without the schedule.
  if (declared === null && !workflowInfo().unsafe.isReplaying)
    throw new Error(`this worker has no schedule '${terms.name}' of a goal '${goal}'`);

  const nominal = asked.data === undefined ? scheduledTime() : Date.parse(asked.data.at);
  const due =
    asked.data === undefined ? await dueTimes(goal, terms, nominal) : { times: [nominal], missed: 0 };
  const memo: TriggerMemo = {
    schedule: scheduleId(goal, terms.name),
    at: new Date(nominal).toISOString(),
    by: asked.data?.by ?? null,
    reason: asked.data?.reason ?? null,
    missed: due.missed,
    due: due.times.length,
    runs: [],
  };
  if (due.times.length === 0) tell(memo);
  else if (asked.data === undefined) await spread(terms);
  for (const time of due.times) {
    if (CancellationScope.current().consideredCancelled) break;
    const at = new Date(time);
    const made = declared && scheduledInput(declared.goal, declared.schedule, at);
    await makeRun(memo, goal, at, asked.data, made ?? noSchedule(goal, terms.name));
  }
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the trigger is cancelled');
  const refused = memo.runs.findLast(({ how }) => how === 'refused');
  if (refused !== undefined)
    throw ApplicationFailure.nonRetryable(refused.message ?? '', refused.code ?? null, memo);
  return memo;
}

/** The time that the schedule meant, which is not when its trigger came to begin. */
function scheduledTime(): number {
  const { searchAttributes, startTime } = workflowInfo();
  const [time] = (searchAttributes.TemporalScheduledStartTime ?? []) as Date[];
  return new Date(time ?? startTime).getTime();
}

/** Ours and not Temporal's, whose matching times would have the jitter in them, and so not be the scheduled times. */
async function spread({ jitterMs }: ScheduleTerms): Promise<void> {
  if (jitterMs > 0) await sleep(Math.max(1, Math.floor(Math.random() * jitterMs)), { summary: 'jitter' });
}

async function makeRun(
  memo: TriggerMemo,
  goal: string,
  at: Date,
  asked: AskedTrigger | undefined,
  made: ScheduledInput,
): Promise<void> {
  const line: TriggeredRun = {
    ...{ at: at.toISOString(), run: null, execution: null },
    ...{ how: 'refused', outcome: null },
  };
  memo.runs = [...memo.runs, line].slice(-TRIGGERED_SHOWN);
  const { by = null, reason = null } = asked ?? {};
  const who = { by, ...verifiedMark(asked ?? {}), reason };
  const why = { kind: 'schedule' as const, at: line.at, ...who, ref: memo.schedule };
  // A time that somebody asks for is another wish each time.
  const identity = asked === undefined ? `${memo.schedule}@${line.at}` : workflowInfo().workflowId;
  const started = await triggerRun({ goal, ...made, why, identity });
  line.how = started.how;
  if (started.how === 'refused') {
    const { code, message } = started;
    Object.assign(line, { code, message });
    return tell(memo);
  }
  Object.assign(line, { run: started.id, execution: started.execution });
  if (started.how !== 'achieved') tell(memo);
  const ended = started.how === 'achieved' ? { outcome: 'achieved' as const } : await ending(started);
  line.outcome = ended.outcome;
  tell(memo);
}

/** How the run ends. When the trigger is cancelled, so is the run, if it is this trigger that began it. */
async function ending({ id, execution, how }: StartedRun): Promise<AwaitedEnd> {
  try {
    return await awaitRun(id, execution);
  } catch (error) {
    if (!isCancellation(error) || how !== 'started') throw error;
    return CancellationScope.nonCancellable(async () => {
      await cancelRun(id, execution);
      return awaitRun(id, execution);
    });
  }
}

const tell = (memo: TriggerMemo): void => upsertMemo({ [memoNames.trigger]: memo });
