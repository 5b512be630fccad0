// An achieved outcome that turns out to be wrong, over the gateway: followed to everything that used it, and pursued once more, by workers
// that are killed.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MarkRecord, markRecordSchema } from '../../../goals/wire/mark-record.ts';
import { annotationsPrefix, recordsKeeperId } from '../../../goals/wire/names.ts';
import { answered, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { ChildWorker } from '../child-worker.ts';
import { fresh, Workbench } from '../workbench.ts';
import { apart, both, closing, control, mail, report, sales } from './retracted/goals.ts';

const WAIT = { timeout: 120_000, interval: 200 };
const TEAM = fileURLToPath(new URL('./retracted/', import.meta.url));
const LATER = fileURLToPath(new URL('./retracted-later/', import.meta.url));

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let folder: string;
let worker: ChildWorker;
const sink = fresh('retracted').toLowerCase();
const began = new Date().toISOString();

const start = (version = '1', team = TEAM) =>
  ChildWorker.start(team, {
    ...{ GOALKEEPER_TASK_QUEUE: bench.taskQueue, GOALKEEPER_VERSION: version, RETRACTED_FOLDER: folder },
    ...{ GOALKEEPER_RECORDS_DIR: join(folder, 'records'), GOALKEEPER_RECORDS_NAME: sink },
    ...{ GOALKEEPER_RECORDS_PERIOD: '500ms', GOALKEEPER_RECORDS_SINCE: began },
  });

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  folder = await mkdtemp(join(tmpdir(), 'retracted-'));
  worker = await start();
}, 240_000);
afterAll(async () => {
  await bench?.client.workflow
    .getHandle(recordsKeeperId('directory', sink))
    .terminate('the test is over')
    .catch(() => undefined);
  await worker?.end('SIGKILL');
  await gateway?.stop();
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string) => answered(() => gateway.get(path));
const post = (path: string, body: object) => answered(() => gateway.post(path, body));
const runOf = async (id: string) => (await get(`/runs/${id}`)).body;
const pursue = async (goal: { name: string }, day: string) => {
  const id = `${goal.name}:${day}`;
  const asked = async () => (await post(`/goals/${goal.name}/runs`, { input: { day } })).status;
  // The worker has just published it.
  await expect.poll(async () => [200, 202].includes(await asked()), WAIT).toBe(true);
  await expect.poll(() => runOf(id), WAIT).toMatchObject({ outcome: 'achieved' });
  return runOf(id);
};
const made = async (): Promise<string[]> => (await readFile(join(folder, 'made'), 'utf8')).trim().split('\n');
const settled = async (path: string) => {
  await expect.poll(async () => (await get(path)).body, WAIT).toMatchObject({ state: 'closed' });
  return (await get(path)).body;
};
/** The marks of an execution, as the sink of records has them. */
const keptMarks = async ({
  id,
  execution,
}: {
  id: string;
  execution: string;
}): Promise<MarkRecord | null> => {
  const file = join(folder, 'records', id.split(':')[0] as string, 'marks', `${id}.${execution}.json`);
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : markRecordSchema.parse(JSON.parse(text));
};
/** Temporal's list lags. */
const listed = (goal: { name: string }, day: string) =>
  expect
    .poll(
      async () =>
        (
          await bench.client.workflow.count(
            `WorkflowId = '${goal.name}:${day}' AND ExecutionStatus = 'Completed'`,
          )
        ).count,
      WAIT,
    )
    .toBe(1);

// retraction.3
test('what used a retracted outcome is in doubt at any depth, and is pursued once more in order', async () => {
  const day = '2026-11-20';
  // A watcher pursues it by itself, and what it needs.
  await expect.poll(() => runOf(`${closing.name}:2026-12-31`), WAIT).toMatchObject({ outcome: 'achieved' });
  await writeFile(join(folder, 'control.value'), 'wrong');
  const wrong = await pursue(control, day);
  // Joins what is achieved; the history of the control file does not tell of it.
  expect((await pursue(sales, day)).output).toEqual({ value: 'wrong check' });
  await pursue(report, day);
  await expect.poll(() => runOf(`${mail.name}:${day}`), WAIT).toMatchObject({ outcome: 'achieved' });
  await pursue(apart, day);
  await pursue(sales, '2026-11-21');
  for (const goal of [control, sales, report, mail]) await listed(goal, day);

  // Whoever joined it rests on it, as does whoever its outcome started.
  const lineage = async () => {
    const { nodes, edges } = (await get(`/runs/${wrong.id}/lineage?direction=down`)).body;
    const name = (id: string) => nodes.find((node: { id: string }) => node.id === id).name;
    return edges.map(({ from, to, way }: Record<string, string>) => [
      name(from as string),
      way,
      name(to as string),
    ]);
  };
  await expect.poll(lineage, WAIT).toEqual([
    [wrong.id, 'needs', `${sales.name}:${day}`],
    [`${sales.name}:${day}`, 'needs', `${report.name}:${day}`],
    [`${report.name}:${day}`, 'starts', `${mail.name}:${day}`],
  ]);
  const asked = { reason: 'the bank sent the wrong file', by: 'ada' };
  const plan = await post(`/runs/${wrong.id}/retract`, { ...asked, dryRun: true });
  expect(plan.status).toBe(200);
  expect(plan.body).toMatchObject({ total: 3, truncated: false, execution: wrong.execution });
  expect(plan.body.items.map(({ run, through }: { run: string; through: string }) => [run, through])).toEqual(
    [
      [`${sales.name}:${day}`, 'achieve'],
      [`${report.name}:${day}`, 'achieve'],
      [`${mail.name}:${day}`, 'outcome'],
    ],
  );
  expect((await runOf(wrong.id)).retracted).toBeUndefined();

  // Two at once are one.
  const [one, two] = await Promise.all([
    post(`/runs/${wrong.id}/retract`, asked),
    post(`/runs/${wrong.id}/retract`, { ...asked, by: 'bob' }),
  ]);
  expect([one.status, two.status, one.body.id]).toEqual([202, 202, two.body.id]);
  const path = `/retractions/${one.body.id}`;
  const closed = await settled(path);
  expect(closed).toMatchObject({ outcome: 'achieved', doubts: 3, open: 0, truncated: false, owners: 2 });
  expect(closed.items.at(-1)).toMatchObject({
    path: [wrong.id, `${sales.name}:${day}`, `${report.name}:${day}`, `${mail.name}:${day}`],
  });

  // The run stays as it was, and says so itself.
  expect(await runOf(wrong.id)).toMatchObject({
    ...{ outcome: 'achieved', output: { value: 'wrong' } },
    retracted: { reason: 'the bank sent the wrong file', retraction: one.body.id },
  });
  expect(await runOf(`${report.name}:${day}`)).toMatchObject({
    outcome: 'achieved',
    inDoubt: [{ run: wrong.id, path: [wrong.id, `${sales.name}:${day}`, `${report.name}:${day}`] }],
  });
  for (const free of [`${apart.name}:${day}`, `${sales.name}:2026-11-21`])
    expect(await runOf(free)).not.toHaveProperty('inDoubt');
  const marked = async (mark: string, list = 'runs') =>
    (await get(`/${list}?team=retracted&mark=${mark}`)).body.items.map(({ id }: { id: string }) => id).sort();
  const inDoubt = [mail, report, sales].map(({ name }) => `${name}:${day}`).sort();
  await expect.poll(() => marked('in-doubt'), WAIT).toEqual(inDoubt);
  await expect.poll(() => marked('retracted', 'runs/rows'), WAIT).toEqual([wrong.id]);
  // So it is known beyond the time for which Temporal keeps the runs.
  await expect
    .poll(() => keptMarks(wrong), WAIT)
    .toMatchObject({ retracted: { by: expect.any(String), reason: 'the bank sent the wrong file' } });
  for (const id of inDoubt)
    await expect
      .poll(async () => keptMarks(await runOf(id)), WAIT)
      .toMatchObject({ run: id, inDoubt: [{ run: wrong.id, retraction: one.body.id }] });
  const alerts = async () => JSON.stringify((await get('/alerts')).body.items);
  await expect.poll(alerts, WAIT).toContain('the bank sent the wrong file');

  await writeFile(join(folder, 'control.value'), 'right');
  const before = (await made()).length;
  const recovery = await post(`${path}/recoveries`, { by: 'ada', dryRun: true });
  expect(recovery.body).toMatchObject({
    total: 4,
    goals: expect.arrayContaining([{ goal: sales.name, runs: 1 }]),
  });
  expect(recovery.body.items).toMatchObject([
    { run: wrong.id, how: 'scratch', kept: 0, again: 1, after: [] },
    // What it extracted before it had the control file is kept.
    { run: `${sales.name}:${day}`, how: 'repeat', kept: 1, again: 2, after: [wrong.id] },
    { run: `${report.name}:${day}`, after: [`${sales.name}:${day}`] },
    { run: `${mail.name}:${day}`, after: [`${report.name}:${day}`] },
  ]);
  const begun = await post(`${path}/recoveries`, { by: 'ada', reason: 'the right file is here' });
  expect(begun.status).toBe(202);
  // A deploy in mid-recovery, of changed code: nothing of it is lost.
  await worker.end('SIGKILL');
  worker = await start('2', LATER);
  const recovered = await settled(`/recoveries/${begun.body.id}`);
  expect(recovered).toMatchObject({ outcome: 'achieved', achieved: 4, failed: 0 });
  expect(await runOf(`${sales.name}:${day}`)).toMatchObject({ output: { value: 'right check' } });
  expect(await runOf(`${report.name}:${day}`)).toMatchObject({
    output: { value: 'report, by later code' },
  });
  const again = (await made()).slice(before);
  expect(again).not.toContain(`extract ${day}`);
  expect([...new Set(again)]).toEqual([`control ${day}`, `check ${day}`, `report ${day}`, `mail ${day}`]);
  for (const id of [wrong.id, ...inDoubt]) {
    const run = await runOf(id);
    expect([run.retracted, run.inDoubt, run.why.kind]).toEqual([undefined, undefined, 'resume']);
  }
  await expect.poll(() => marked('in-doubt'), WAIT).toEqual([]);
  const nothing = await post(`${path}/recoveries`, { by: 'ada' });
  expect([nothing.status, nothing.body.code]).toEqual([422, 'recovery_impossible']);
}, 600_000);

// retraction.1, retraction.2
test('a worker killed amid marking loses no mark and writes none twice; what is open is followed from its end', async () => {
  const day = '2026-12-01';
  const wrong = await pursue(control, day);
  const days = Array.from({ length: 24 }, (_, i) => `${day}-${i}`);
  await Promise.all(days.map((one) => pursue(sales, one)));
  // At once: what Temporal's list does not have yet is found by a later look.
  const held = `${day}-held`;
  const hold = join(folder, `hold check ${held}`);
  await writeFile(hold, '');
  await post(`/goals/${report.name}/runs`, { input: { day: held } });
  await expect.poll(made, WAIT).toContain(`check ${held}`);
  const asked = { reason: 'wrong', by: 'ada' };
  const { body: begun } = await post(`/runs/${wrong.id}/retract`, asked);
  const some = async () => {
    const runs = await Promise.all(days.map((one) => runOf(`${sales.name}:${one}`)));
    return runs.filter(({ inDoubt }) => inDoubt !== undefined).length;
  };
  await expect.poll(some, { ...WAIT, interval: 20 }).toBeGreaterThan(0);
  // By the code of then, and after that by this: a deploy, and its way back.
  await worker.end('SIGKILL');
  worker = await start('3');
  const looked = async () => (await get(`/retractions/${begun.id}`)).body;
  await expect.poll(looked, WAIT).toMatchObject({ state: 'marking', doubts: days.length + 1, open: 1 });
  expect(await runOf(`${sales.name}:${held}`)).toMatchObject({ outcome: null, inDoubt: [{ run: wrong.id }] });
  await rm(hold);
  const end = await settled(`/retractions/${begun.id}`);
  expect(end).toMatchObject({ outcome: 'achieved', open: 0 });
  // The mail that the report's outcome starts may have begun by then.
  expect([days.length + 2, days.length + 3]).toContain(end.doubts);
  expect(await runOf(`${report.name}:${held}`)).toMatchObject({ inDoubt: [{ run: wrong.id }] });
  expect(await some()).toBe(days.length);
  for (const one of days) {
    const { id, execution } = await runOf(`${sales.name}:${one}`);
    const { events } = await bench.client.workflow
      .getHandle(`${annotationsPrefix(id)}${execution}`)
      .fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionSignaledEventAttributes)).toHaveLength(1);
  }
  const kept = async () => {
    const runs = await Promise.all(days.map((one) => runOf(`${sales.name}:${one}`)));
    return (await Promise.all(runs.map(keptMarks))).filter((marks) => marks?.inDoubt?.length === 1).length;
  };
  await expect.poll(kept, WAIT).toBe(days.length);
  // Beyond retention only the sink has the record.
  const gone = await post(`/runs/${apart.name}:${day}/retract`, asked);
  expect([gone.status, gone.body.code]).toEqual([404, 'run_unknown']);
  expect(gone.body.detail).toContain(`kept by directory:${sink}`);
}, 600_000);

test('one retracted in mid-recovery leaves its own marks; a standing outcome that rests on it is stale until it is achieved anew', async () => {
  const day = '2026-12-31';
  const [controlId, salesId, closingId] = [control, sales, closing].map(({ name }) => `${name}:${day}`) as [
    string,
    string,
    string,
  ];
  const standing = async () => (await get(`/goals/${closing.name}`)).body.standing.state;
  await expect.poll(standing, WAIT).toBe('fresh');
  const retract = async (reason: string) => {
    const { body, status } = await post(`/runs/${controlId}/retract`, { reason, by: 'ada' });
    expect(status).toBe(202);
    return body.id as string;
  };
  const recover = async (retraction: string) =>
    (await post(`/retractions/${retraction}/recoveries`, { by: 'ada' })).body.id as string;
  const first = await retract('it is of another year');
  expect(await settled(`/retractions/${first}`)).toMatchObject({ outcome: 'achieved', doubts: 2 });
  await expect.poll(standing, WAIT).toBe('stale');

  const hold = join(folder, `hold check ${day}`);
  await writeFile(hold, '');
  const recovery = await recover(first);
  const again = async () => (await made()).filter((one) => one === `check ${day}`).length;
  await expect.poll(again, WAIT).toBe(2);
  const held = await runOf(salesId);
  expect(held).toMatchObject({ outcome: null });
  expect(held).not.toHaveProperty('inDoubt');
  const second = await retract('and this one of another bank');
  expect(second).not.toBe(first);
  await expect
    .poll(() => runOf(salesId), WAIT)
    .toMatchObject({ execution: held.execution, outcome: null, inDoubt: [{ retraction: second }] });
  await rm(hold);
  expect(await settled(`/recoveries/${recovery}`)).toMatchObject({ outcome: 'achieved', achieved: 3 });
  expect(await settled(`/retractions/${second}`)).toMatchObject({ outcome: 'achieved', open: 0 });
  await expect.poll(() => keptMarks(held), WAIT).toMatchObject({ inDoubt: [{ retraction: second }] });

  // The plan has what was marked, and what has used it since.
  const plan = async () =>
    (await post(`/retractions/${second}/recoveries`, { by: 'ada', dryRun: true })).body.items.map(
      ({ run }: { run: string }) => run,
    );
  await expect.poll(plan, WAIT).toEqual([controlId, salesId, closingId]);
  expect(await settled(`/recoveries/${await recover(second)}`)).toMatchObject({ achieved: 3, failed: 0 });
  for (const id of [controlId, salesId, closingId])
    expect(await runOf(id)).toMatchObject({ outcome: 'achieved', why: { kind: 'resume' } });
  await expect.poll(standing, WAIT).toBe('fresh');
}, 600_000);

test('two retractions at once of two that one run stands on leave both marks: on the run, in the list and in the sink', async () => {
  const day = '2026-12-07';
  const roots = [await pursue(control, day), await pursue(apart, day)];
  const run = await pursue(both, day);
  const begun = await Promise.all(
    roots.map(({ id }) => post(`/runs/${id}/retract`, { reason: `${id} is wrong`, by: 'ada' })),
  );
  const ids = begun.map(({ body }) => body.id as string).sort();
  expect(new Set(ids).size).toBe(2);
  // Each says which sink has the marks when Temporal has forgotten the runs.
  const sinks = [`directory:${sink}`];
  for (const { body } of begun) expect(body.sinks).toEqual(expect.arrayContaining(sinks));
  for (const id of ids) expect(await settled(`/retractions/${id}`)).toMatchObject({ doubts: 1 });
  const retractions = (marks: { inDoubt?: { retraction: string }[] | undefined } | null) =>
    (marks?.inDoubt ?? []).map(({ retraction }) => retraction).sort();
  expect(retractions(await runOf(run.id))).toEqual(ids);
  const { body } = await get(`/runs?goal=${both.name}&mark=in-doubt`);
  expect(body.items.map(({ id }: { id: string }) => id)).toEqual([run.id]);
  await expect.poll(async () => retractions(await keptMarks(run)), WAIT).toEqual(ids);
}, 600_000);

// start-run.3
test('what was retracted is reached no more, and whoever takes what is in doubt is in doubt', async () => {
  const [day, other] = ['2026-12-09', '2026-12-10'];
  for (const one of [day, other]) {
    await pursue(control, one);
    await pursue(sales, one);
  }
  const retract = async (one: string) => {
    const id = `${control.name}:${one}`;
    const { body } = await post(`/runs/${id}/retract`, { reason: 'wrong', by: 'ada' });
    await settled(`/retractions/${body.id}`);
    return body.id as string;
  };
  const [retraction] = [await retract(day), await retract(other)];

  // By a request.
  const before = await runOf(`${control.name}:${day}`);
  const asked = await post(`/goals/${control.name}/runs`, { input: { day } });
  expect(asked).toMatchObject({ status: 202, body: { id: before.id } });
  expect(asked.body.execution).not.toBe(before.execution);
  // By a run that needs it: it waits for one that is pursued anew.
  const needing = await pursue(sales, `${other}-later`);
  expect(needing).not.toHaveProperty('inDoubt');
  const anew = await runOf(`${control.name}:${other}`);
  expect(anew).toMatchObject({ outcome: 'achieved' });
  expect(anew).not.toHaveProperty('retracted');

  // What is in doubt is answered with as it is. Whoever takes it says so, long after the retraction has closed.
  const doubted = await post(`/goals/${sales.name}/runs`, { input: { day } });
  expect(doubted).toMatchObject({ status: 200, body: { outcome: 'achieved', inDoubt: [{ retraction }] } });
  const path = [before.id, `${sales.name}:${day}`, `${report.name}:${day}`];
  expect(await pursue(report, day)).toMatchObject({ inDoubt: [{ retraction, path }] });
  // What its outcome starts is followed, too.
  const mailed = () => runOf(`${mail.name}:${day}`);
  await expect.poll(mailed, WAIT).toMatchObject({ outcome: 'achieved', inDoubt: [{ retraction }] });
  await settled(`/retractions/${retraction}`);
}, 600_000);
