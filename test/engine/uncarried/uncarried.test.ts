import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind } from '../../../activities/bind.ts';
import type { Goal } from '../../../goals/index.ts';
import { publish } from '../../../goals/publish.ts';
import { runStart } from '../../../goals/wire/run-start.ts';
import type { Run } from '../../../goals/wire/run-view.ts';
import { RawPayload, startExecution } from '../../../process/start-execution.ts';
import { startRun } from '../../../process/start-run.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { carry, carryQuick, GIVEN, giving, judging, passing, unreadable } from './goals.ts';

let bench: Workbench;

const give = async (input: { give?: string } | number) =>
  typeof input === 'object' && input.give !== undefined ? GIVEN[input.give]?.() : input;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(fileURLToPath(new URL('./goals.ts', import.meta.url)), goals, [
    bind(carry, give),
    bind(carryQuick, give),
  ]);
});
afterAll(() => bench.close());

/** The run, no workflow task of which has failed. */
async function pursued(goal: Goal, what: string): Promise<Run> {
  const handle = await bench.start(goal, { key: fresh('k'), what });
  const { run } = await bench.closed(handle);
  const { events } = await handle.fetchHistory();
  expect(events?.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
  return run;
}

test.concurrent.each([
  ['bigint', 'the output of the goal is a bigint, which JSON cannot carry'],
  ['circular', 'rows[0].self is a part of itself, which JSON cannot carry'],
  ['nan', 'rows[0].price is NaN, which JSON cannot carry'],
  ['map', 'rows is a Map, which JSON cannot carry'],
  ['promise', 'rows is a Promise, which JSON cannot carry'],
  ['getter', 'rows is something that cannot be read (not yours), which JSON cannot carry'],
])('a goal that returns what JSON cannot carry (%s) fails as code, with the place', async (what, said) => {
  expect(await pursued(giving, what)).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'code', code: 'output_invalid', message: expect.stringContaining(said) },
  });
});

test.concurrent('an output is written once, and is what its reader finds', async () => {
  expect(await pursued(giving, 'fickle')).toMatchObject({ outcome: 'achieved', output: { rows: 1 } });
  expect(await pursued(giving, 'fine')).toMatchObject({
    outcome: 'achieved',
    output: { rows: [1], at: '1970-01-01T00:00:00.000Z' },
    criteria: [{ name: 'given', met: true }],
  });
});

test.concurrent.each([
  ['input of a step', 'carry#1', 'rows[0].price is NaN'],
  ['input of a quick step', 'carry-quick#1', 'rows[0] is a bigint'],
  ['item of a map', 'map#1/carry#2', 'price is Infinity'],
])('JSON cannot carry the %s: the run fails as code, with the place', async (what, step, said) => {
  expect(await pursued(passing, what)).toMatchObject({
    outcome: 'failed',
    failure: {
      ...{ kind: 'code', code: 'input_invalid', path: [step] },
      message: expect.stringContaining(`${said}, which JSON cannot carry`),
    },
  });
});

test.concurrent.each([
  ['job', 'carry#1'],
  ['quick job', 'carry-quick#1'],
])('JSON cannot carry the output of a %s: the attempt fails, with the place', async (what, step) => {
  expect(await pursued(passing, `output of a ${what}`)).toMatchObject({
    outcome: 'failed',
    failure: {
      ...{ kind: 'job', code: 'output_invalid', path: [step] },
      message: expect.stringContaining('rows[0].price is NaN, which JSON cannot carry'),
    },
  });
});

test.concurrent('a run for which the code could make no input fails as code, with what was wrong', async () => {
  const { client, taskQueue } = bench;
  const fault = {
    code: 'schedule_input_threw',
    message: "the input function of the schedule 'nightly' threw",
  };
  const why = { kind: 'schedule' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  const caller = {
    client,
    call: <T>(make: (service: typeof client.workflowService) => Promise<T>) => make(client.workflowService),
  };
  const publication = publish(giving, { taskQueue, deployment: 'tests', version: 1 });
  const { id } = await startRun(caller, { publication, input: fault.message, why, fault, key: fresh('k') });
  const { run } = await bench.closed(client.workflow.getHandle(id));
  expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'code', ...fault } });
});

test.concurrent('JSON cannot carry what a person is shown: the run fails as code, with the place', async () => {
  expect(await pursued(passing, 'what a person is shown')).toMatchObject({
    outcome: 'failed',
    failure: {
      kind: 'code',
      message: expect.stringContaining("what 'sign-off' shows is not right: rows[0] is a Set"),
    },
  });
});

test.concurrent('what no answer can be is not asked for: the run fails as code, with what to write', async () => {
  expect(await pursued(passing, 'a question that nobody can answer')).toMatchObject({
    failure: { kind: 'code', message: expect.stringContaining("what 'when' asks for: at is z.date()") },
  });
});

test.concurrent('a run that is started on Temporal with a number that is rounded fails by its input', async () => {
  const { client, taskQueue } = bench;
  const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  const bytes = (text: string) => new Uint8Array(Buffer.from(text));
  const payload = {
    metadata: { encoding: bytes('json/plain') },
    data: bytes('{"key":"k","what":"fine","id":9223372036854775807}'),
  };
  const start = runStart(giving, { key: fresh('k') }, why);
  const caller = {
    client,
    call: <T>(make: (service: typeof client.workflowService) => Promise<T>) => make(client.workflowService),
  };
  await startExecution(caller, {
    ...{ start, type: giving.name, taskQueue, args: [new RawPayload(payload)], requestId: fresh('r') },
    ...{ after: 'none', whenRunning: 'join' },
  });
  const { run } = await bench.closed(client.workflow.getHandle(start.workflowId));
  expect(run).toMatchObject({
    failure: {
      kind: 'input',
      message: expect.stringContaining('id is 9223372036854775807, which would be read as'),
    },
  });
});

test.concurrent.each([
  ['a step', 'carry#1'],
  ['a quick step', 'carry-quick#1'],
  ['a map', 'the map of carry'],
  ['an approval', 'sign-off#1'],
  ['a sleep', 'sleep#1'],
])('a goal that never awaits %s that it began fails as code, naming it', async (what, step) => {
  const run = await pursued(passing, what);
  expect(run).toMatchObject({
    outcome: 'failed',
    output: null,
    failure: { kind: 'code', code: 'step_not_awaited', path: [step], message: expect.stringContaining(step) },
  });
});

test.concurrent.each(['the loser of a race', 'a step whose end is heard by then', 'a step that is returned'])(
  '%s is no step that was forgotten',
  async (what) => {
    expect(await pursued(passing, what)).toMatchObject({ outcome: 'achieved', failure: null });
  },
);

test.concurrent.each([
  ['promise', 'gave a promise, which is not a verdict'],
  ['nothing', 'gave nothing, which is not a verdict'],
  ['empty text', 'gave an empty text, which is not a verdict'],
  ['number', 'gave a number, which is not a verdict'],
])('a criterion that gives a %s has not judged, which is a fault of code', async (what, message) => {
  expect(await pursued(judging, what)).toMatchObject({
    outcome: 'failed',
    criteria: [{ name: 'judged', met: false, message }],
    failure: {
      ...{ kind: 'code', code: 'criterion_gave_no_verdict' },
      ...{ message: `not met: judged: ${message}`, cause: { class: 'code', type: 'CriterionGaveNoVerdict' } },
    },
  });
});

test.concurrent('a criterion that judges does so by true and false', async () => {
  expect(await pursued(judging, 'yes')).toMatchObject({ outcome: 'achieved' });
  expect(await pursued(judging, 'no')).toMatchObject({
    failure: { kind: 'criteria', code: 'criterion_not_met' },
  });
});

test.concurrent('a schema whose own code throws fails the run as code', async () => {
  const message = expect.stringContaining('the schema is wrong');
  expect(await pursued(unreadable, 'input')).toMatchObject({ failure: { kind: 'code', message } });
  expect(await pursued(unreadable, 'output')).toMatchObject({ failure: { kind: 'code', message } });
});
