// The times of a schedule, whether or not it is paused, as its trigger has them, also where the clock is changed.

import { Context } from '@temporalio/activity';
import { ApplicationFailure, defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { temporal as proto } from '@temporalio/proto';
import { clockTimes } from '../../goals/wire/clock-times.ts';
import { type AskedTimes, type ScheduleTimes, scheduleActionSchema } from '../../goals/wire/schedules.ts';
import { grpcCode, grpcCodes } from '../../process/grpc-codes.ts';

export async function scheduleTimes({ schedule, after, until, limit }: AskedTimes): Promise<ScheduleTimes> {
  const { client } = Context.current();
  const { namespace } = client.options;
  const described = await client.workflowService
    .describeSchedule({ namespace, scheduleId: schedule })
    .catch(unknown(schedule));
  const [payload] = described.schedule?.action?.startWorkflow?.input?.payloads ?? [];
  const { terms } = scheduleActionSchema.parse(defaultPayloadConverter.fromPayload(payload as Payload));
  const times: number[] = [];
  for (const time of clockTimes(terms, secondAfter(after), secondAfter(until))) {
    times.push(time);
    if (times.length > limit) break;
  }
  const isPaused = described.schedule?.state?.paused ?? false;
  return {
    ...{ times: times.slice(0, limit), more: times.length > limit },
    ...(isPaused ? { pausedAfter: lastTriggered(described) } : {}),
  };
}

const unknown =
  (schedule: string) =>
  (error: unknown): never => {
    if (grpcCode(error) === grpcCodes.NOT_FOUND)
      throw ApplicationFailure.nonRetryable(`There is no schedule ${schedule}.`, 'schedule_unknown');
    throw error;
  };

const lastTriggered = ({ info }: proto.api.workflowservice.v1.IDescribeScheduleResponse): number =>
  Math.max(0, ...(info?.recentActions ?? []).map(({ scheduleTime }) => Number(scheduleTime?.seconds) * 1000));

const secondAfter = (time: string): number => (Math.floor(Date.parse(time) / 1000) + 1) * 1000;
