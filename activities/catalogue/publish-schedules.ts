// Makes Temporal's schedules of a goal what is published of it. Not what this worker declares: so an older worker
// that starts late does what the newest one does, and a repeat does nothing.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { temporal as proto } from '@temporalio/proto';
import type { Logger } from 'pino';
import { partsOfScheduleId, SCHEDULED, scheduledIdPrefix, scheduleId } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { type ScheduleAction, type ScheduleTerms, scheduleActionSchema } from '../../goals/wire/schedules.ts';
import { temporalTimes } from '../../goals/wire/temporal-times.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { canonicalJson } from '../../goals/wire/text/canonical-json.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { grpcCode, grpcCodes } from '../../process/grpc-codes.ts';
import { protoTime } from '../../process/proto-time.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { listPublications, publicationOf } from './publications.ts';

// Of grpc and of Temporal's protocol: only their types are taken.
const OVERLAPS = { skip: 1, bufferAll: 3, cancelOther: 4, allowAll: 6 } as const;

/** Temporal drops a time that it comes to so much too late, where no catch-up is wanted. */
const NO_CATCH_UP_MS = 60_000;
const ANY_DATE = Array.from({ length: 31 }, (_, i) => i + 1);
const ANY_WEEKDAY = [0, 1, 2, 3, 4, 5, 6];
const LOOKS = 10;
const BETWEEN_LOOKS_MS = 100;

/** Creates, updates and removes the schedules of these goals, and of those that their deployment has dropped. */
export async function publishSchedules(
  client: Client,
  publications: readonly Publication[],
  log: Logger,
): Promise<void> {
  const { deployment, version } = publications[0] as Publication;
  const names = new Set(publications.map(({ goal }) => goal));
  const dropped = (await listPublications(client)).filter(
    (other) => other.deployment === deployment && !names.has(other.goal) && other.version <= version,
  );
  const existing = await listSchedules(client);
  for (const goal of names) await settle(client, goal, existing.get(goal) ?? [], log);
  const renamed = new Set(publications.flatMap(({ formerly = [] }) => formerly));
  for (const { goal, schedules = [] } of dropped) {
    if (renamed.has(goal)) {
      for (const name of existing.get(goal) ?? []) await runOut(client, scheduleId(goal, name), log);
      continue;
    }
    const known = [...(existing.get(goal) ?? []), ...schedules.map(({ name }) => name)];
    for (const name of new Set(known)) await remove(client, goal, name, log);
  }
}

/**
 * Until a look finds nothing to do: Temporal says of an update only that it has come, and drops one that crosses a
 * pause or another worker's; and what is published may change meanwhile.
 */
async function settle(client: Client, goal: string, existing: readonly string[], log: Logger): Promise<void> {
  const known = new Set(existing);
  for (let looks = 0; looks < LOOKS; looks++) {
    if (looks > 1) await delay((looks - 1) * BETWEEN_LOOKS_MS);
    const publication = await publicationOf(client, goal);
    if (publication === null) return;
    const wanted = publication.retired ? [] : (publication.schedules ?? []);
    let isSettled = true;
    for (const terms of wanted) isSettled = (await put(client, publication, terms, log)) && isSettled;
    const names = new Set(wanted.map(({ name }) => name));
    for (const name of known) {
      if (names.has(name)) continue;
      await remove(client, goal, name, log);
      known.delete(name);
    }
    for (const name of names) known.add(name);
    const after = await publicationOf(client, goal);
    if (isSettled && canonicalJson(after) === canonicalJson(publication)) return;
  }
  log.warn({ goal }, 'the schedules of this goal are not yet seen to be what is published');
}

/** Whether it was so already; else it is told to Temporal. */
async function put(
  client: Client,
  publication: Publication,
  terms: ScheduleTerms,
  log: Logger,
): Promise<boolean> {
  const id = scheduleId(publication.goal, terms.name);
  const { namespace, identity } = client.options;
  const spec = specOf(terms);
  const { taskQueue, owner } = publication;
  const digest = sha256(canonicalJson({ terms, taskQueue, owner, spec }));
  const wanted = asSchedule(publication, terms, spec, digest);
  // Another one each time: by one that it knows Temporal drops a request without an error, also when the schedule was
  // removed or changed since.
  const asked = { namespace, identity, scheduleId: id, requestId: randomUUID() };
  try {
    const found = await described(client, id);
    if (found === null) {
      // What an operator paused under a former name stays paused.
      const state = await formerState(client, publication, terms.name);
      await client.workflowService.createSchedule({
        ...asked,
        schedule: { ...wanted, ...(state === null ? {} : { state }) },
      });
      log.info({ schedule: id }, 'the schedule is created');
      return false;
    }
    if (digestOf(found) === digest) return true;
    // The token, and the state as it was: what an operator paused stays paused, also if that happens right now.
    const { conflictToken, schedule } = found;
    await client.workflowService.updateSchedule({
      ...{ ...asked, conflictToken: conflictToken ?? null },
      schedule: { ...wanted, state: schedule?.state ?? null },
    });
    log.info({ schedule: id }, 'the schedule is updated');
  } catch (error) {
    if (grpcCode(error) === grpcCodes.INVALID_ARGUMENT)
      throw new StartProblem(
        'schedule_refused',
        `Temporal refuses the schedule '${terms.name}' of the goal '${publication.goal}': ${(error as Error).message}`,
      );
    // Somebody else was faster. Another look tells with what.
    if (
      ![grpcCodes.ALREADY_EXISTS, grpcCodes.FAILED_PRECONDITION, grpcCodes.NOT_FOUND].includes(
        grpcCode(error) ?? 0,
      )
    )
      throw error;
  }
  return false;
}

/** Of a goal that has another name now: it comes to no more times. It is removed once nothing waits in it, by a worker that starts. */
async function runOut(client: Client, id: string, log: Logger): Promise<void> {
  const { namespace, identity } = client.options;
  const found = await described(client, id);
  if (found === null) return;
  const waiting = Number(found.info?.bufferSize ?? 0) + (found.info?.runningWorkflows ?? []).length;
  const asked = { namespace, identity, scheduleId: id };
  const isOver = isEmptied(found);
  try {
    if (isOver && waiting === 0) await client.workflowService.deleteSchedule(asked);
    else if (!isOver)
      await client.workflowService.updateSchedule({
        ...{ ...asked, requestId: randomUUID(), conflictToken: found.conflictToken ?? null },
        schedule: { ...found.schedule, spec: {} },
      });
    log.info(
      { schedule: id, waiting },
      'the goal of this schedule has another name: it comes to no more times',
    );
  } catch (error) {
    // Somebody else was faster.
    if (![grpcCodes.FAILED_PRECONDITION, grpcCodes.NOT_FOUND].includes(grpcCode(error) ?? 0)) throw error;
  }
}

const isEmptied = ({ schedule }: Described): boolean =>
  !schedule?.spec?.interval?.length && !schedule?.spec?.structuredCalendar?.length;

async function formerState(
  client: Client,
  { formerly = [] }: Publication,
  name: string,
): Promise<proto.api.schedule.v1.IScheduleState | null> {
  for (const former of formerly) {
    const found = await described(client, scheduleId(former, name));
    if (found?.schedule?.state != null) return found.schedule.state;
  }
  return null;
}

/** With what waits in its trigger workflows; the runs that they started go on. */
async function remove(client: Client, goal: string, name: string, log: Logger): Promise<void> {
  const { namespace, identity } = client.options;
  const id = scheduleId(goal, name);
  try {
    await client.workflowService.deleteSchedule({ namespace, identity, scheduleId: id });
    log.info({ schedule: id }, 'the schedule is no longer declared: removed');
  } catch (error) {
    if (grpcCode(error) !== grpcCodes.NOT_FOUND) throw error;
  }
  const query = `WorkflowType = '${SCHEDULED}' AND WorkflowId STARTS_WITH '${scheduledIdPrefix(goal, name)}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, runId } of client.workflow.list({ query }))
    await client.workflow
      .getHandle(workflowId, runId)
      .terminate('its schedule is no longer declared')
      .catch(() => undefined);
}

type Described = proto.api.workflowservice.v1.IDescribeScheduleResponse;

async function described(client: Client, id: string): Promise<Described | null> {
  try {
    const { namespace } = client.options;
    return await client.workflowService.describeSchedule({ namespace, scheduleId: id });
  } catch (error) {
    if (grpcCode(error) === grpcCodes.NOT_FOUND) return null;
    throw error;
  }
}

function digestOf({ schedule }: Described): string | null {
  const [payload] = schedule?.action?.startWorkflow?.input?.payloads ?? [];
  if (payload == null) return null;
  const action = scheduleActionSchema.safeParse(defaultPayloadConverter.fromPayload(payload as Payload));
  return action.data?.digest ?? null;
}

/** Names of the schedules that there are, by goal. */
async function listSchedules(client: Client): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for await (const { scheduleId: id } of client.schedule.list()) {
    const parts = partsOfScheduleId(id);
    if (parts !== null) found.set(parts.goal, [...(found.get(parts.goal) ?? []), parts.name]);
  }
  return found;
}

function asSchedule(
  { goal, taskQueue, owner }: Publication,
  terms: ScheduleTerms,
  spec: proto.api.schedule.v1.IScheduleSpec,
  digest: string,
): proto.api.schedule.v1.ISchedule {
  const { name, overlap, catchUp, withinMs } = terms;
  const action: ScheduleAction = { goal, terms, digest };
  return {
    spec,
    action: {
      startWorkflow: {
        workflowId: scheduledIdPrefix(goal, name),
        workflowType: { name: SCHEDULED },
        taskQueue: { name: taskQueue },
        input: { payloads: [payloadOf(action)] },
        userMetadata: { summary: payloadOf(boundedText(`schedule ${name} of ${goal}, of ${owner}`, 120)) },
      },
    },
    policies: {
      overlapPolicy: OVERLAPS[overlap],
      catchupWindow: protoTime(catchUp === 'none' ? NO_CATCH_UP_MS : Math.max(NO_CATCH_UP_MS, withinMs)),
    },
  };
}

function specOf(terms: ScheduleTerms): proto.api.schedule.v1.IScheduleSpec {
  const { every } = terms;
  if (every !== null)
    return { interval: [{ interval: protoTime(every.ms), phase: protoTime(every.offsetMs % every.ms) }] };
  const { timezone, calendars, extra } = temporalTimes(terms, Date.now());
  return {
    structuredCalendar: calendars.map(({ second, minute, hour, dayOfMonth, month, dayOfWeek, year }) => ({
      ...{ second: ranges(second), minute: ranges(minute), hour: ranges(hour), year: ranges(year) },
      dayOfMonth: ranges(dayOfMonth.length > 0 ? dayOfMonth : ANY_DATE),
      month: ranges(month),
      dayOfWeek: ranges(dayOfWeek.length > 0 ? dayOfWeek : ANY_WEEKDAY),
      comment: terms.cron.join('; '),
    })),
    // A single time is an interval as long as from 1970 until it. It comes again in as many years.
    interval: extra.map((time) => ({ interval: protoTime(time) })),
    timezoneName: timezone,
  };
}

/** Numbers in order, the successive ones as one range. */
function ranges(numbers: readonly number[]): { start: number; end: number; step: number }[] {
  const found: { start: number; end: number; step: number }[] = [];
  for (const n of numbers) {
    const last = found.at(-1);
    if (last?.end === n - 1) last.end = n;
    else found.push({ start: n, end: n, step: 1 });
  }
  return found;
}

const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value) as Payload;
