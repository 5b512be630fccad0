// When a run is stuck, and by what it is said: of a history's failed tasks, and what the server tells of the next one.

import type { temporal } from '@temporalio/proto';
import { expect, test } from 'vitest';
import { endedSchema } from '../../goals/wire/ended.ts';
import { emptyLedger, enter } from '../../goals/wire/ledger.ts';
import { buildIdOf, memoNames } from '../../goals/wire/names.ts';
import { runView } from '../../views/run-view.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Pending = temporal.api.workflow.v1.IPendingWorkflowTaskInfo;

const payload = (value: unknown) => ({
  metadata: { encoding: new TextEncoder().encode('json/plain') },
  data: new TextEncoder().encode(JSON.stringify(value)),
});
const second = (seconds: number) => ({ seconds: seconds as never, nanos: 0 });
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

const OLD = 'a'.repeat(24);
const NEW = 'b'.repeat(24);
const START_TO_CLOSE = 1;

const completed = (code = OLD): Event => ({
  workflowTaskCompletedEventAttributes: { workerVersion: { buildId: buildIdOf(code) } },
});
const failed = (at: number, cause: number, message = ''): Event => ({
  eventTime: second(at),
  workflowTaskFailedEventAttributes: { cause, failure: { message } },
});
const timedOut = (at: number, timeoutType: number): Event => ({
  eventTime: second(at),
  workflowTaskTimedOutEventAttributes: { timeoutType },
});
/** As the server has it while an attempt is under way, and while it waits for the next. */
const trying = (attempt: number): Pending => ({ state: 2, attempt, scheduledTime: second(90) });

const view = (events: Event[], pendingTask: Pending | null, now = 100) =>
  runView({
    id: 'load:1',
    execution: 'x',
    pendingActivities: [],
    pendingTask,
    now: now * 1000,
    events: [
      {
        eventTime: second(1),
        workflowExecutionStartedEventAttributes: {
          workflowType: { name: 'load' },
          memo: {
            fields: {
              [memoNames.pace]: payload({ usualMs: null, expectedMs: 60_000, deadlineMs: 3_600_000 }),
            },
          },
        },
      },
      ...events,
    ].map((event, i) => ({ eventTime: second(2), ...event, eventId: (i + 1) as never })),
  });

const ND = 24;
const changed = (at: number, said = 'said') => failed(at, ND, `[TMPRL1100] Nondeterminism error: ${said}`);

test('a run knows its deadline, and when it is expected, before any worker has touched it', () => {
  const { run } = view([], { state: 1, attempt: 1, scheduledTime: second(1) });
  expect(run).toMatchObject({ state: 'pursuing', deadline: iso(3_601), expected: iso(61), late: true });
});

test('a run whose task has failed three times, and for a minute, is stuck since the first of them', () => {
  const { run } = view([completed(), changed(20)], trying(3));
  expect(run).toMatchObject({
    state: 'stuck',
    stuck: { since: iso(20), attempts: 3, code: 'code_changed', message: 'said', began: OLD, last: OLD },
  });
  expect(run.stuck?.mend).toContain('resume');
});

test.each<[string, Event[], Pending | null, number?]>([
  ['whose task has failed for less than a minute', [completed(), changed(41)], trying(3)],
  ['whose task is tried a second time', [completed(), changed(20)], trying(2)],
  ['whose task has succeeded since', [changed(20), completed()], trying(1)],
  ['of which no task is open', [completed(), changed(20)], null],
  [
    'whose task no worker takes',
    [completed(), changed(20)],
    { ...trying(5), state: 1, scheduledTime: second(80) },
  ],
  ['whose sticky worker went away', [completed(), timedOut(20, 2)], trying(3)],
  ['that was reset', [completed(), failed(20, 20)], trying(3)],
])('a run %s is not stuck', (_, events, pending, now) => {
  const { run } = view(events, pending, now);
  expect([run.state, run.stuck]).toEqual(['pursuing', undefined]);
});

test('what comes to a run between its attempts begins the count of the server anew, and not that of its attempts', () => {
  const { run } = view([completed(), changed(20), changed(26)], trying(2));
  expect(run).toMatchObject({ state: 'stuck', stuck: { since: iso(20), attempts: 3 } });
});

const asked = {
  workflowPropertiesModifiedEventAttributes: { upsertedMemo: { fields: { 'gkAsked:go#1': payload({}) } } },
};
const slept = {
  timerStartedEventAttributes: { timerId: '1' },
  userMetadata: { summary: payload('sleep#1') },
};
const needed = {
  startChildWorkflowExecutionInitiatedEventAttributes: {
    memo: { fields: { [memoNames.step]: payload('count#2') } },
  },
};
const machine = (name: string, id: number): string =>
  `${name} machine does not handle this event: HistoryEvent(id: ${id}, Something)`;

test.each<[string, Event[], string]>([
  [
    "Activity id of scheduled event 'pass#1' does not match activity id of activity command 'count#1'",
    [],
    'pass#1 is what it did, and the code of now does count#1 in its place',
  ],
  [
    machine('Activity', 3),
    [asked],
    'to ask go#1 is what it did, and the code of now runs a job in its place',
  ],
  [
    machine('ChildWorkflow', 3),
    [slept],
    'sleep#1 is what it did, and the code of now begins the run of another goal in its place',
  ],
  [machine('CompleteWorkflow', 3), [needed], 'count#2 is what it did, and the code of now ends in its place'],
  [machine('Activity', 99), [], machine('Activity', 99)],
])('the first difference is told in the words of the goal: %s', (said, events, message) => {
  const { run } = view([completed(), ...events, changed(20, said)], trying(4));
  expect(run.stuck).toMatchObject({ code: 'code_changed', message });
});

test.each<[string, Event, string, string]>([
  ['loops', failed(20, 14, '[TMPRL1104] Potential deadlock detected: x'), 'code_loops', 'loops'],
  [
    'has a value that cannot be read',
    failed(20, 38, 'the stored payload /x cannot be read (ENOENT)'),
    'payload_unreadable',
    '/x cannot be read',
  ],
  ['has a bug of ours', failed(20, 14, 'Cannot read properties of undefined'), 'code_stuck', 'Cannot read'],
  [
    'forgets what fails',
    failed(20, 14, 'Unhandled Promise rejection: StepFailed: refuse#1 failed'),
    'code_stuck',
    'never awaits, and that has failed: StepFailed: refuse#1 failed',
  ],
  ['takes each worker along', timedOut(20, START_TO_CLOSE), 'code_stuck', 'lost'],
])('a run that %s says so', (_, event, code, message) => {
  const { run } = view([completed(), event], trying(4));
  expect(run.stuck).toMatchObject({ code, message: expect.stringContaining(message) });
});

test('a secret in what the engine says is taken out', () => {
  const { run } = view([completed(), failed(20, 14, 'password=hunter2 is wrong')], trying(4));
  expect(run.stuck?.message).not.toContain('hunter2');
});

test('a run that newer code has gone on with says that old code alone does not help', () => {
  const { run } = view([completed(), completed(NEW), changed(20)], trying(4));
  expect(run.stuck).toMatchObject({
    began: OLD,
    last: NEW,
    mend: expect.stringContaining('more than one deployment'),
  });
});

const error = {
  ...{ server: 1, local: 1, at: iso(3), ms: 5, type: 'Error', code: 'ECONNRESET', message: 'reset' },
  ...{ fingerprint: '0123456789abcdef', class: 'transient' as const, worker: '1@host' },
};
const failure = {
  ...{
    kind: 'deadline' as const,
    code: 'deadline_passed',
    message: 'the deadline passed',
    path: ['load-day#1'],
  },
  cause: null,
};
const step = {
  activityTaskScheduledEventAttributes: { activityId: 'load-day#1', activityType: { name: 'load-day' } },
};

test.each(['failed', 'cancelled'] as const)(
  'a run that was ended as %s, as it could not end itself, says so, with the errors of its steps',
  (outcome) => {
    const ended = endedSchema.parse({
      ...{ gk: 1, outcome, failure: outcome === 'failed' ? failure : null },
      ledgers: { 'load-day#1': enter(emptyLedger(), error, false) },
    });
    const { run, errors } = view(
      [
        completed(),
        step,
        { workflowExecutionTerminatedEventAttributes: { details: { payloads: [payload(ended)] } } },
      ],
      null,
    );
    expect(run).toMatchObject({ state: 'closed', outcome, failure: ended.failure });
    expect(errors).toMatchObject([{ step: 'load-day#1', code: 'ECONNRESET' }]);
  },
);

test("a run that Temporal's own timeout ended has missed the deadline that its start told", () => {
  const { run } = view([{ workflowExecutionTimedOutEventAttributes: {} }], null);
  expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'deadline', code: 'deadline_passed' } });
});
