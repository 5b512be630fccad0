// The times of a schedule as Temporal computes them, with its own rules for time zones, whether or not it is paused.

import { Context } from '@temporalio/activity';
import { isGrpcServiceError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { temporal as proto } from '@temporalio/proto';
import type { AskedTimes, ScheduleTimes } from '../goals/wire/schedules.ts';

const NOT_FOUND = 5;

export async function scheduleTimes({ schedule, after, until, limit }: AskedTimes): Promise<ScheduleTimes> {
  const { client } = Context.current();
  const { namespace } = client.options;
  const asked = { namespace, scheduleId: schedule };
  const end = secondsOf(until);
  const times: number[] = [];
  // Temporal tells at most a thousand at a time, each later than the start that it is given.
  for (let from = secondsOf(after); from < end && times.length <= limit; ) {
    const { startTime } = await client.workflowService
      .listScheduleMatchingTimes({
        ...asked,
        startTime: { seconds: from as never },
        endTime: { seconds: end as never },
      })
      .catch(unknown(schedule));
    const page = (startTime ?? []).map(({ seconds }) => Number(seconds));
    const later = page.filter((time) => time > from && time <= end);
    if (later.length === 0) break;
    times.push(...later.map((time) => time * 1000));
    from = later.at(-1) as number;
  }
  const described = await client.workflowService.describeSchedule(asked).catch(unknown(schedule));
  const isPaused = described.schedule?.state?.paused ?? false;
  return {
    ...{ times: times.slice(0, limit), more: times.length > limit },
    ...(isPaused ? { pausedAfter: lastTriggered(described) } : {}),
  };
}

const unknown =
  (schedule: string) =>
  (error: unknown): never => {
    if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND)
      throw ApplicationFailure.nonRetryable(`There is no schedule ${schedule}.`, 'schedule_unknown');
    throw error;
  };

const lastTriggered = ({ info }: proto.api.workflowservice.v1.IDescribeScheduleResponse): number =>
  Math.max(0, ...(info?.recentActions ?? []).map(({ scheduleTime }) => Number(scheduleTime?.seconds) * 1000));

const secondsOf = (time: string): number => Math.floor(Date.parse(time) / 1000);
