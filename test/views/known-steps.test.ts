import type { temporal } from '@temporalio/proto';
import { expect, test } from 'vitest';
import type { LeaseTerms } from '../../goals/wire/lease.ts';
import type { ShardResult, ShardTerms } from '../../goals/wire/map.ts';
import { activityNames, buildIdOf, LEASE, MAP_SHARD, versionBuildId } from '../../goals/wire/names.ts';
import { codeOf, knownSteps } from '../../views/known-steps.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Payload = temporal.api.common.v1.IPayload;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Payload => ({
  metadata: { encoding: bytes('json/plain') },
  data: bytes(JSON.stringify(value)),
});
/** As who does not fetch it sees a payload that lies in storage. */
const stored: Payload = {
  metadata: {
    encoding: bytes('json/protobuf'),
    messageType: bytes('temporal.api.sdk.v1.ExternalStorageReference'),
  },
  data: bytes(JSON.stringify({ driverName: 'somewhere', claimData: { sha256: 'f' } })),
};

const history = (...events: Event[]): Event[] =>
  [{ workflowExecutionStartedEventAttributes: { input: { payloads: [json({})] } } }, ...events].map(
    (event, i) => ({ ...event, eventId: (i + 1) as never }),
  );
const known = (...events: Event[]) => knownSteps('e', async () => history(...events));

const noted: Event = {
  markerRecordedEventAttributes: {
    markerName: 'core_local_activity',
    details: {
      data: { payloads: [json({ activity_type: activityNames.note })] },
      result: { payloads: [json({ map: { step: 'map#1', job: 'load', total: 4 } })] },
    },
  },
};
const child = (workflowType: string, workflowId: string, input: Payload): Event => ({
  startChildWorkflowExecutionInitiatedEventAttributes: {
    ...{ workflowId, workflowType: { name: workflowType }, input: { payloads: [input] } },
  },
});
const shard = (n: string, terms: Payload) => child(MAP_SHARD, `gk-map:goal:a:b:1.${n}`, terms);
const ended = (initiated: number, result: Payload): Event => ({
  childWorkflowExecutionCompletedEventAttributes: {
    initiatedEventId: initiated as never,
    result: { payloads: [result] },
  },
});
const sum: Event = {
  activityTaskScheduledEventAttributes: {
    ...{ activityId: 'sum#1', activityType: { name: 'sum' }, input: { payloads: [json({ of: 4 })] } },
  },
};

const items: ShardTerms['items'] = [[1, 4]];
const terms = (changes: Partial<ShardTerms> = {}): Payload =>
  json({
    ...{ run: 'goal:a:b', goal: 'goal', job: 'load', step: 'map#1', total: 4, items, inputs: [1, 2, 3, 4] },
    ...{ atOnce: 1, deadline: null, tolerate: null, ...changes },
  } satisfies ShardTerms);
const result = (missing: number[] = []): Payload =>
  json({ outputs: [1, 2, 3, 4], missing, lost: [], end: 'all' } satisfies ShardResult);

test('a shard has one place among the steps, whether it can be read or not, and however often its start was tried', async () => {
  const read = await known(noted, shard('0', terms()), shard('0', terms()), ended(4, result()), sum);
  expect(read).toMatchObject([
    { n: 0, step: 'map#1/load:1..4', job: 'map of load', result: { output: { items, missing: [] } } },
    { n: 1, step: 'sum#1', result: null },
  ]);
  for (const told of [stored, result()]) {
    const unread = await known(noted, shard('0', stored), shard('0', stored), ended(4, told), sum);
    expect(unread).toMatchObject([
      { n: 0, step: null, job: 'map of load', result: {} },
      { n: 1, step: 'sum#1', result: null },
    ]);
  }
  const open = await known(noted, shard('0', stored), shard('1', terms()), sum);
  expect(open.map(({ n, step, result }) => [n, step, result])).toEqual([
    [0, null, null],
    [1, 'map#1/load:1..4', null],
    [2, 'sum#1', null],
  ]);
});

test('two shards that begin and end with the same items are two', async () => {
  const rest: Partial<ShardTerms> = {
    items: [
      [1, 1],
      [4, 4],
    ],
    inputs: [1, 4],
  };
  const both = await known(
    noted,
    ...[shard('0', terms()), shard('0.1', terms(rest))],
    ...[ended(3, result([0, 3])), ended(4, result())],
  );
  expect(both.map(({ n, step }) => [n, step])).toEqual([
    [0, 'map#1/load:1..4'],
    [1, 'map#1/load:1..4'],
  ]);
  expect(both.map(({ result }) => result)).toMatchObject([
    { output: { items, missing: [0, 3] } },
    { output: { items: rest.items, missing: [] } },
  ]);
});

test.each([
  ['that names their job', ['load']],
  ['under which they were begun', null],
])('what shards did is undone by a lease %s', async (_, undoes) => {
  const lease = {
    ...{ run: 'goal:a:b', execution: 'e', step: 'lease#1', goal: 'goal', owner: 'o', team: 't', job: 'drop' },
    ...{ name: null, expiresAt: '2026-01-01T00:00:00.000Z', input: {}, undoes, startToCloseMs: 1 },
    ...{ heartbeatMs: 1, queue: null, attempts: 1 },
  } satisfies LeaseTerms;
  const steps = await known(
    child(LEASE, 'gk-lease:x', json(lease)),
    { childWorkflowExecutionStartedEventAttributes: { initiatedEventId: 2 as never } },
    ...[noted, shard('0', terms()), shard('1', stored), ended(5, result()), ended(6, stored)],
  );
  expect(steps).toMatchObject([
    { n: 0, result: null },
    { n: 1, result: null },
  ]);
});

test('the code of an execution is in its build ID, or is that of the version which published it', () => {
  const code = 'c0de'.repeat(6);
  const by = (buildId: string): Event[] => [
    { workflowTaskCompletedEventAttributes: { workerVersion: { buildId } } },
    { timerStartedEventAttributes: {} },
  ];
  expect(codeOf(by(buildIdOf(code)))).toBe(code);
  expect(codeOf(by(versionBuildId('0.1.2', code)))).toBe(code);
  expect(codeOf(by('42'))).toBeNull();
  expect(
    codeOf(by('42'), [
      { build: '41', code: 'other' },
      { build: '42', code },
    ]),
  ).toBe(code);
  const inDeployment = { deploymentVersion: { deploymentName: 'shop', buildId: '42' } };
  expect(codeOf([{ workflowTaskCompletedEventAttributes: inDeployment }], [{ build: '42', code }])).toBe(
    code,
  );
});
