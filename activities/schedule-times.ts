// The times of a schedule as Temporal computes them, with its own rules for time zones.

import { Context } from '@temporalio/activity';
import { isGrpcServiceError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AskedTimes, ScheduleTimes } from '../goals/wire/schedules.ts';

const NOT_FOUND = 5;

export async function scheduleTimes({ schedule, after, until, limit }: AskedTimes): Promise<ScheduleTimes> {
  const { client } = Context.current();
  const end = secondsOf(until);
  const times: number[] = [];
  // Temporal tells at most a thousand at a time, each later than the start that it is given.
  for (let from = secondsOf(after); from < end && times.length <= limit; ) {
    const { startTime } = await client.workflowService
      .listScheduleMatchingTimes({
        namespace: client.options.namespace,
        scheduleId: schedule,
        startTime: { seconds: from as never },
        endTime: { seconds: end as never },
      })
      .catch((error: unknown) => {
        if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND)
          throw ApplicationFailure.nonRetryable(`There is no schedule ${schedule}.`, 'schedule_unknown');
        throw error;
      });
    const page = (startTime ?? []).map(({ seconds }) => Number(seconds));
    const later = page.filter((time) => time > from && time <= end);
    if (later.length === 0) break;
    times.push(...later.map((time) => time * 1000));
    from = later.at(-1) as number;
  }
  return { times: times.slice(0, limit), more: times.length > limit };
}

const secondsOf = (time: string): number => Math.floor(Date.parse(time) / 1000);
