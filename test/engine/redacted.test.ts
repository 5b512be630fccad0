// What a job or a goal says is cut, cleaned and redacted before anything keeps it: the history, the heartbeats while a
// step waits, the gateway's answers and the worker's log are searched for what was planted.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gatewayForTest } from '../gateway/workbench.ts';
import { temporalAddress } from '../temporal-address.ts';
import { indiscreet, reversed } from './bounded/ignores-abort/goals.ts';
import { ChildWorker } from './child-worker.ts';
import { fresh, Workbench } from './workbench.ts';

const folder = fileURLToPath(new URL('./bounded/ignores-abort/', import.meta.url));
let bench: Workbench;
let child: ChildWorker;

const startWorker = (redact: string): Promise<ChildWorker> =>
  ChildWorker.start(folder, {
    GOALKEEPER_TASK_QUEUE: bench.taskQueue,
    LOG_LEVEL: 'trace',
    GOALKEEPER_REDACT: redact,
  });

beforeAll(async () => {
  bench = await Workbench.open();
  child = await startWorker('["CUST-\\\\d+"]');
});
afterAll(async () => {
  await child?.end('SIGKILL');
  await bench.close();
});

/** All that the server keeps of a run, as text: its payloads decoded. */
async function kept(workflowId: string): Promise<string> {
  const handle = bench.client.workflow.getHandle(workflowId);
  const { events } = await handle.fetchHistory();
  const { raw } = await handle.describe();
  return JSON.stringify([events, raw], (_name, value) =>
    value?.type === 'Buffer'
      ? Buffer.from(value.data).toString()
      : value instanceof Uint8Array
        ? Buffer.from(value).toString()
        : value,
  );
}

test('a planted secret is nowhere: not in heartbeats while a step waits, nor in history, view, errors or log', async () => {
  const secrets = ['s3cret-hunter2', 'CUST-4711', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'];
  const says = [
    `could not log in: password=${secrets[0]}`,
    `no customer ${secrets[1]}`,
    `refused ${secrets[2]}`,
  ];
  const handle = await bench.start(indiscreet, {
    key: fresh('k'),
    what: says.map(reversed),
    times: 1,
    afterwards: reversed(`pursue knows password=${secrets[0]}`),
  });
  const gateway = await gatewayForTest(temporalAddress);
  const seen: string[] = [];
  const isOver = handle.result().then(
    () => true,
    () => true,
  );
  // Each look finds it in another state: running, waiting with its heartbeat's ledger, closed.
  let waiting = 0;
  for (let over = false; !over; ) {
    over = await Promise.race([isOver, new Promise<false>((resolve) => setTimeout(resolve, 50, false))]);
    const { body } = await gateway.get(`/runs/${handle.workflowId}/errors`);
    if (body.items?.some(({ disposition }: { disposition: string }) => disposition === 'pending')) waiting++;
    seen.push(await kept(handle.workflowId), JSON.stringify(body));
  }
  const { body: run } = await gateway.get(`/runs/${handle.workflowId}`);
  seen.push(JSON.stringify(run), child.output());
  expect(waiting).toBeGreaterThan(0);
  expect(run).toMatchObject({
    outcome: 'failed',
    errors: { recovered: 3 },
    failure: { kind: 'code', message: expect.stringContaining('pursue knows password=<redacted>') },
  });
  // It was looked where it would have been.
  expect(child.output()).toContain('about to fail: could not log in: password=<redacted>');
  expect(child.output()).toContain('no customer <redacted>');
  expect(seen.join()).toContain('outer: no customer <redacted>');
  const { body: errors } = await gateway.get(`/runs/${handle.workflowId}/errors`);
  expect(errors.items).toContainEqual(
    expect.objectContaining({
      log: {
        dropped: 0,
        lines: [
          expect.objectContaining({ level: 'warn', text: expect.stringContaining('password=<redacted>') }),
        ],
      },
    }),
  );
  for (const secret of secrets) for (const text of seen) expect(text).not.toContain(secret);
});

test('a criterion and a goal that fails for good tell no secret either', async () => {
  const secret = 'AKIAIOSFODNN7EXAMPLE';
  const judged = await bench.start(indiscreet, {
    key: fresh('k'),
    what: [],
    times: 0,
    found: reversed(`the key is ${secret}`),
  });
  const failed = await bench.start(indiscreet, {
    key: fresh('k'),
    what: [reversed(`key ${secret}`)],
    times: 3,
  });
  const [first, second] = [await bench.closed(judged), await bench.closed(failed)];
  expect(first.run.failure).toMatchObject({
    code: 'criterion_not_met',
    message: expect.stringContaining('the key is <redacted>'),
  });
  expect(second.run).toMatchObject({ errors: { fatal: 3 }, failure: { kind: 'job' } });
  // The output is the goal's own, and stays as it is: it is no output when the goal is not achieved.
  for (const handle of [judged, failed]) expect(await kept(handle.workflowId)).not.toContain(secret);
});

test('messages of a megabyte, binary, halves of characters, HTML and escapes of terminals are cut, cleaned and shown as text', async () => {
  const handle = await bench.start(indiscreet, {
    key: fresh('k'),
    what: ['megabyte', 'binary', 'surrogates', 'html', 'terminal'],
    times: 1,
  });
  await handle.result();
  const gateway = await gatewayForTest(temporalAddress);
  const { body, headers } = await gateway.get(`/runs/${handle.workflowId}/errors`);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  const messages = body.items.map(({ message }: { message: string }) => message);
  expect(messages).toHaveLength(5);
  expect(messages[0]).toMatch(/^outer: x{300,}… \(1048576 characters\)$/);
  expect(messages[2]).toBe('outer: half \ufffd and \ufffd apart');
  expect(messages[3]).toBe('outer: <script>alert("1")</script>');
  expect(messages[4]).toBe('outer: red and gone');
  for (const { message, type, stack } of body.items)
    for (const text of [message, type, stack ?? '']) {
      expect(text.length).toBeLessThanOrEqual(1000);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      expect(() => encodeURIComponent(text)).not.toThrow();
    }
  const { historySize = 0 } = await handle.describe();
  expect(historySize).toBeLessThan(64 * 1024);
});

test('a worker whose patterns are broken does not start, and says which', async () => {
  await expect(startWorker('["("]')).rejects.toThrow(/GOALKEEPER_REDACT holds "\(", which is not a pattern/);
});
