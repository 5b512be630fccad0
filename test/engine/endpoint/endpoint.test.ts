// A job that an endpoint does, with a real worker: what its faults are in the ledger, and what is in the history.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind } from '../../../activities/bind.ts';
import { http, secret } from '../../../activities/runners/http.ts';
import { answer, type Behaviour, stubService } from '../../activities/runners/stub-service.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { ask, asked, askedPatiently, askPatiently } from './goals.ts';

const TOKEN = 'tok-0987654321-tok';
const script: Behaviour[] = [];
let bench: Workbench;
let service: Awaited<ReturnType<typeof stubService>>;

beforeAll(async () => {
  process.env.ENDPOINT_TOKEN = TOKEN;
  bench = await Workbench.open();
  service = await stubService((...asked) => (script.shift() ?? answer(500))(...asked), afterAll);
  const endpoint = http({
    url: `${service.url}/{key}`,
    headers: { authorization: secret('ENDPOINT_TOKEN', (token) => `Bearer ${token}`) },
    allow: [service.host],
  });
  await bench.worker(fileURLToPath(new URL('goals.ts', import.meta.url)), goals, [
    bind(ask, endpoint),
    bind(askPatiently, endpoint),
  ]);
});
afterAll(() => bench.close());

const drip: Behaviour = async (_, response) => {
  response.writeHead(200);
  while (!response.destroyed) {
    response.write(' ');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const echo: Behaviour = ({ headers }, response) =>
  answer(503, { code: 'busy', message: `not now, ${headers.authorization}` })({} as never, response);

/** Every text and payload in a value. */
function textIn(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value === 'object' && value !== null) return Object.values(value).map(textIn).join('\n');
  return String(value);
}

test('what hangs or drips is a timeout, what fails is told as it was, and no secret is in the history', async () => {
  script.push(() => undefined, drip, echo, answer(200, { rows: 3 }));
  const handle = await bench.start(asked, { key: fresh('k') });
  const { run, errors } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'achieved', output: { rows: 3 }, errors: { recovered: 3 } });
  expect(errors.map(({ code, class: kind, disposition }) => [code, kind, disposition])).toEqual([
    ['timeout', 'transient', 'recovered'],
    ['timeout', 'transient', 'recovered'],
    ['busy', 'transient', 'recovered'],
  ]);
  expect(service.received.at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  const keys = service.received.map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(1);
  const payloads = textIn((await handle.fetchHistory()).events);
  expect(payloads).toContain('not now, ');
  expect(payloads).not.toContain(TOKEN);
  await expect.poll(() => service.connections(), { timeout: 60_000 }).toBe(0);
});

test('a cancellation cuts the connection of an endpoint that hangs', async () => {
  script.push(() => undefined);
  const before = service.received.length;
  const handle = await bench.start(askedPatiently, { key: fresh('k') });
  await expect.poll(() => service.received.length, { timeout: 60_000 }).toBe(before + 1);
  await handle.cancel();
  expect((await bench.closed(handle)).run.outcome).toBe('cancelled');
  await expect.poll(() => service.connections(), { timeout: 60_000 }).toBe(0);
});
