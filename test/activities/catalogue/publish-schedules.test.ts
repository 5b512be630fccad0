// Schedules as deployments change them, one after the other and at one moment, on the real server.

import type { Client } from '@temporalio/client';
import { ScheduleNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { publishSchedules } from '../../../activities/catalogue/publish-schedules.ts';
import { clockTimes, isClockTime } from '../../../goals/wire/clock-times.ts';
import { scheduleId } from '../../../goals/wire/names.ts';
import type { ScheduleTerms } from '../../../goals/wire/schedules.ts';
import { shiftsBetween } from '../../../goals/wire/zone-shifts.ts';
import { silent, temporalBench, unique } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';

const nightly: ScheduleTerms = {
  ...{ name: 'nightly', cron: ['0 5 * * *'], every: null, timezone: 'Europe/Paris', jitterMs: 0 },
  ...{ overlap: 'skip', catchUp: 'last', withinMs: 3_600_000 },
};
const elsewhere: ScheduleTerms = { ...nightly, timezone: 'Asia/Tokyo' };

let bench: Awaited<ReturnType<typeof temporalBench>>;
beforeAll(async () => {
  bench = await temporalBench(temporalAddress);
});
afterAll(() => bench?.close());

/** A goal of the test that asks, and its deployments, each as a worker that starts makes it. */
function scheduledGoal() {
  const goal = unique('scheduled');
  // A deployment of its own, as another's drops what that one does not declare.
  const own = { taskQueue: unique('nobody-polls'), deployment: unique('deployment') };
  const handle = bench.client.schedule.getHandle(scheduleId(goal, nightly.name));
  onTestFinished(() => handle.delete().catch(() => undefined));
  const zone = (): Promise<string | null> =>
    handle.describe().then(
      ({ spec }) => spec.timezone ?? 'UTC',
      (error: unknown) => {
        if (error instanceof ScheduleNotFoundError) return null;
        throw error;
      },
    );
  const deploy = async (schedules: ScheduleTerms[], clients: readonly Client[] = [bench.client]) => {
    const publication = await bench.publish(goal, { schedules, ...own });
    await Promise.all(clients.map((client) => publishSchedules(client, [publication], silent)));
  };
  return { handle, zone, deploy };
}

test('a schedule that was dropped comes back with the deployment that declares it again', async () => {
  const { deploy, zone } = scheduledGoal();
  for (const _ of [1, 2, 3]) {
    await deploy([nightly]);
    expect(await zone()).toBe('Europe/Paris');
    await deploy([]);
    expect(await zone()).toBeNull();
  }
});

test('terms that were there before are there again after each deployment that goes back to them', async () => {
  const { deploy, zone } = scheduledGoal();
  for (const terms of [nightly, elsewhere, nightly, elsewhere, nightly]) {
    await deploy([terms]);
    expect(await zone()).toBe(terms.timezone);
  }
});

test('a change that crosses a pause is made all the same, and the pause stays', async () => {
  const { deploy, zone, handle } = scheduledGoal();
  await deploy([nightly]);
  let pauses = 0;
  const { client } = bench;
  const service = new Proxy(client.workflowService, {
    get(target, name) {
      if (name !== 'describeSchedule') return Reflect.get(target, name);
      return async (asked: Parameters<typeof target.describeSchedule>[0]) => {
        const found = await target.describeSchedule(asked);
        // Between the look and the change, so Temporal drops the change.
        if (pauses++ === 0) await handle.pause('paused by ada: the source is wrong');
        return found;
      };
    },
  });
  const crossed = new Proxy(client, {
    get: (target, name) => (name === 'workflowService' ? service : Reflect.get(target, name)),
  });
  await deploy([elsewhere], [crossed]);
  expect(await zone()).toBe('Asia/Tokyo');
  expect((await handle.describe()).state).toMatchObject({
    ...{ paused: true, note: 'paused by ada: the source is wrong' },
  });
});

test('workers of one team that start at one moment agree on one schedule', async () => {
  const { deploy, zone } = scheduledGoal();
  const workers = Array.from({ length: 4 }, () => bench.client);
  for (const terms of [nightly, elsewhere, nightly]) {
    await deploy([terms], workers);
    expect(await zone()).toBe(terms.timezone);
  }
});

/** Of all that Temporal tells of a schedule after a time, what its trigger takes. */
async function toldTimes(id: string, terms: ScheduleTerms, from: number, to: number): Promise<number[]> {
  const { client } = bench;
  const { namespace } = client.options;
  const seconds = (time: number) => ({ seconds: (time / 1000) as never });
  const told: number[] = [];
  // Seen from each moment: what Temporal comes to next depends on when it is asked.
  for (let at = from - 1000; at < to; ) {
    const asked = { namespace, scheduleId: id, startTime: seconds(at), endTime: seconds(to - 1000) };
    // Temporal reckons each time: on a busy machine longer than a call may take otherwise.
    const { startTime } = await client.withDeadline(Date.now() + 60_000, () =>
      client.workflowService.listScheduleMatchingTimes(asked),
    );
    const times = (startTime ?? []).map((time) => Number(time.seconds) * 1000).filter((time) => time > at);
    if (times.length === 0) break;
    told.push(...times);
    at = times.at(-1) as number;
  }
  return told.filter((time) => isClockTime(terms, time));
}

test.each(['America/New_York', 'Europe/Paris', 'Australia/Lord_Howe', 'America/Havana', 'Antarctica/Troll'])(
  'around each change of the clock in %s Temporal comes to every time of a schedule, and to no other',
  async (timezone) => {
    const crons = [
      ...[
        '30 1 * * *',
        '15 2 * * *',
        '0 0 * * *',
        '30 0,5 * * sun',
        '@hourly',
        '*/20 * * * 0,5',
        '45 * * * *',
      ],
      ...['30 2 13 * 5', '*/20 * * * *'],
    ];
    const schedules = crons.map((cron, i) => ({ ...nightly, name: `clock-${i}`, cron: [cron], timezone }));
    const publication = await bench.publish(unique('clocks'), {
      ...{ schedules, taskQueue: unique('nobody-polls'), deployment: unique('deployment') },
    });
    await publishSchedules(bench.client, [publication], silent);
    const shifts = shiftsBetween(timezone, Date.UTC(2026, 0, 1), Date.UTC(2028, 0, 1));
    expect(shifts.length).toBeGreaterThan(3);
    await Promise.all(
      schedules.map(async (terms) => {
        const id = scheduleId(publication.goal, terms.name);
        onTestFinished(() => bench.client.schedule.getHandle(id).delete());
        for (const { at } of shifts) {
          const [from, to] = [at - 5 * 3_600_000, at + 12 * 3_600_000];
          const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString());
          const expected = iso([...clockTimes(terms, from, to)]);
          expect([terms.cron, ...iso(await toldTimes(id, terms, from, to))]).toEqual([
            terms.cron,
            ...expected,
          ]);
        }
      }),
    );
  },
  60_000,
);
