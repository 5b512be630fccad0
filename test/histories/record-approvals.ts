// Records histories of runs that asked people, into a folder of the version that wrote them:
// `node --import tsx test/histories/record-approvals.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { bind } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { startGateway } from '../../gateway/server.ts';
import { temporalAt } from '../../gateway/temporal/temporal.ts';
import { type Goal, permanent } from '../../goals/index.ts';
import { ALERTS_ID } from '../../goals/wire/names.ts';
import goals, { act, signed, told } from './0.1.4-approvals/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.4-approvals');
if (existsSync(join(folder, 'achieved-approved.history.json')))
  throw new Error(`${folder} is recorded already`);

interface Scenario {
  goal: Goal;
  input?: object;
  decisions?: Record<string, object>;
  /** Cancelled once it waits. */
  isCancelled?: boolean;
  /** Goes on from its failure, once the gate is open. */
  isResumed?: boolean;
}

const approved = { decision: 'approve', by: 'ada', reason: 'it adds up' };
const rejected = { decision: 'reject', by: 'bob', reason: 'it does not add up' };
const answered = { ...approved, data: { rows: 3 } };
const scenarios: Record<string, Scenario> = {
  'achieved-approved': { goal: signed, decisions: { 'sign-off': approved } },
  'achieved-rejected': { goal: signed, decisions: { 'sign-off': rejected } },
  'achieved-expired': { goal: signed, input: { expires: { after: 300, consequence: 'approve' } } },
  'failed-expired': { goal: signed, input: { expires: { after: 300, consequence: 'reject' } } },
  'failed-rejected': { goal: told, decisions: { figures: answered, 'sign-off': rejected } },
  'achieved-told': { goal: told, decisions: { 'sign-off': approved, figures: answered } },
  'cancelled-waiting': {
    goal: signed,
    input: { expires: { after: 3_600_000, consequence: 'reject' } },
    isCancelled: true,
  },
  'achieved-kept': {
    goal: told,
    input: { gate: 'later' },
    decisions: { 'sign-off': approved, figures: answered },
    isResumed: true,
  },
};

const log = pino({ level: 'silent' });
const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
let isOpen = false;
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: [
    bind(act, ({ gate }) => {
      if (gate !== 'open' && !isOpen) throw permanent('the gate is shut', { code: 'gate_shut' });
      return { done: true };
    }),
  ],
  version: 1,
  address: server.address,
  log,
});
const temporal = temporalAt(server.address, 'default');
const gateway = await startGateway({ host: '127.0.0.1', port: 0, temporal, alertsId: ALERTS_ID, log });

async function post(path: string, body: object): Promise<{ id: string }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(gateway.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = (await response.json()) as { id: string };
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

async function untilWaiting(id: string): Promise<void> {
  for (;;) {
    const run = (await (await fetch(`${gateway.url}/runs/${id}`)).json()) as { state: string };
    if (run.state === 'waiting') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

for (const [name, { goal, input, decisions = {}, isCancelled, isResumed }] of Object.entries(scenarios)) {
  const { id } = await post(`/goals/${goal.name}/runs`, { input: { key: name, gate: 'open', ...input } });
  if (isCancelled || Object.keys(decisions).length > 0) await untilWaiting(id);
  if (isCancelled) await client.workflow.getHandle(id).cancel();
  for (const [asked, decision] of Object.entries(decisions))
    await post(`/runs/${id}/approvals/${asked}`, decision);
  await client.workflow
    .getHandle(id)
    .result()
    .catch(() => undefined);
  if (isResumed) {
    isOpen = true;
    await post(`/runs/${id}/resume`, { by: 'ada' });
    await client.workflow.getHandle(id).result();
  }
  const { run } = await writeRecorded(client, id, folder, name);
  console.log(
    `${name}: ${run.outcome} ${run.failure?.code ?? ''} ${JSON.stringify(run.steps.map(({ path, state, kept }) => [path, state, kept !== null]))}`,
  );
}
await gateway.stop();
await temporal.close();
await worker.stop();
await connection.close();
await server.stop();
