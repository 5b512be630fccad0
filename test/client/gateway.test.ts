// A client before a gateway that really listens, with a worker behind it.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { freePort } from '../../deploy/local/free-port.ts';
import goals from '../engine/goals.ts';
import { jobs } from '../engine/jobs.ts';
import { fresh, Workbench } from '../engine/workbench.ts';
import { gatewayAt } from '../gateway/workbench.ts';
import { temporalAddress } from '../temporal-address.ts';

type Goals = typeof goals;

let bench: Workbench;
let port: number;
let gateway: Awaited<ReturnType<typeof gatewayOn>>;

const gatewayOn = (address: string, at: number) =>
  gatewayAt(address, 'default', undefined, undefined, [], { port: at });

beforeAll(async () => {
  bench = await Workbench.open();
  const goalsModule = fileURLToPath(new URL('../engine/goals.ts', import.meta.url));
  port = await freePort();
  gateway = await gatewayOn(temporalAddress, port);
  await bench.worker(goalsModule, goals, jobs);
});
afterAll(async () => {
  await gateway.stop();
  await bench.close();
});

test('starts a run by the name of its goal, and waits for its outcome', async () => {
  const client = createClient<Goals>({ url: gateway.url });
  const input = { key: fresh('k'), steps: [{ script: ['fail', 'ok'] }] };
  const run = await client.goals.inSequence.start(input, { wait: '1m', idempotencyKey: fresh('key') });
  expect(run).toMatchObject({ goal: 'in-sequence', outcome: 'achieved', errors: { recovered: 1 } });
  expect(run.outcome === 'achieved' && run.output).toEqual({ attempts: [2] });
  expect(await client.runs.get(run.id)).toMatchObject({ execution: run.execution, outcome: 'achieved' });
});

test('throws a problem of the gateway by its code', async () => {
  const client = createClient<Goals>({ url: gateway.url });
  await expect(client.goals.inSequence.start({ key: fresh('k') } as never)).rejects.toMatchObject({
    ...{ name: 'GoalkeeperProblem', code: 'input_invalid', status: 422 },
  });
  await expect(client.runs.get('in-sequence:nobody-asked')).rejects.toMatchObject({ code: 'run_unknown' });
});

test('watches a run until it has closed', async () => {
  const client = createClient<Goals>({ url: gateway.url });
  const input = { key: fresh('k'), steps: [{ script: ['ok'] }, { label: 'slowly', script: ['fail', 'ok'] }] };
  const { id } = await client.goals.inSequence.start(input);
  const seen: [string, unknown][] = [];
  for await (const { state, outcome } of client.runs.watch(id)) seen.push([state, outcome]);
  expect(seen.at(-1)).toEqual(['closed', 'achieved']);
  expect(seen.slice(0, -1).every(([state]) => state !== 'closed')).toBe(true);
  expect(seen.length).toBeGreaterThan(1);
});

test('retries a GET until the gateway is there again', async () => {
  const failures: unknown[] = [];
  const client = createClient<Goals>({
    url: gateway.url,
    retries: 100,
    fetch: async (...asked) => {
      try {
        return await fetch(...asked);
      } catch (error) {
        failures.push(error);
        throw error;
      }
    },
  });
  const input = { key: fresh('k'), steps: [{ script: ['ok'] }] };
  const { id } = await client.goals.inSequence.start(input, { wait: '1m' });
  await gateway.stop();
  const asked = client.runs.get(id);
  asked.catch(() => undefined);
  await expect.poll(() => failures.length, { timeout: 20_000 }).toBeGreaterThan(0);
  gateway = await gatewayOn(temporalAddress, port);
  expect(await asked).toMatchObject({ id, outcome: 'achieved' });
});

test('waits as long as the gateway asks for while Temporal is away', async () => {
  const away = await gatewayOn(`127.0.0.1:${await freePort()}`, 0);
  onTestFinished(away.stop);
  const answers: { at: number; retryAfter: string | null }[] = [];
  const asking = createClient<Goals>({
    ...{ url: away.url, retries: 1 },
    fetch: async (...asked) => {
      const response = await fetch(...asked);
      answers.push({ at: performance.now(), retryAfter: response.headers.get('retry-after') });
      return response;
    },
  });
  const unavailable = { name: 'GoalkeeperProblem', code: 'temporal_unavailable' };
  await expect(asking.runs.get('in-sequence:any')).rejects.toMatchObject(unavailable);
  const [first, second] = answers;
  expect(first?.retryAfter).toBe('2');
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1_900);
  expect(answers).toHaveLength(2);
});
