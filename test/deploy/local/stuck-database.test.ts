// The development server's database, whose interruptions may stay: noticed by what the server writes, and mended.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { expect, onTestFinished, test } from 'vitest';
import { stuckDatabase } from '../../../deploy/local/stuck-database.ts';
import { findTemporal } from '../../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../../deploy/local/temporal-server.ts';

const LINE = 'level=ERROR error="GetCurrentExecution operation failed. Error: interrupted (9)"';
const OTHER = 'level=ERROR error="GetCurrentExecution operation failed. Error: context canceled"';

test('calls that were cut off at one moment are no sign of it, and those that go on failing are', () => {
  let now = 0;
  const mayBeStuck = stuckDatabase(() => now);
  for (let i = 0; i < 200; i++) expect(mayBeStuck(LINE)).toBe(false);
  now = 60_000;
  const found: number[] = [];
  for (let i = 0; i < 60; i++, now += 50) if (mayBeStuck(LINE)) found.push(now);
  expect(found).toEqual([62_000]);
});

test('a few that fail now and then, and lines of anything else, are no sign of it', () => {
  let now = 0;
  const mayBeStuck = stuckDatabase(() => now);
  for (let i = 0; i < 100; i++, now += 500) expect(mayBeStuck(LINE)).toBe(false);
  for (let i = 0; i < 1_000; i++, now += 10) expect(mayBeStuck(OTHER)).toBe(false);
});

/** So long calls are cut off; most servers are stuck by then. */
const CUT_MS = 20_000;

test('however many calls are cut off, the server answers again at its address, and has lost nothing', {
  timeout: 240_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gk-stuck-'));
  const databaseFile = join(folder, 'temporal.sqlite');
  const server = await startTemporalServer({ binary: await findTemporal({}), uiPort: false, databaseFile });
  const connection = await Connection.connect({ address: server.address });
  onTestFinished(async () => {
    await connection.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const { workflow } = new Client({ connection });
  const ids = Array.from({ length: 100 }, (_, i) => `open-${i}`);
  for (const workflowId of ids) await workflow.start('opened', { workflowId, taskQueue: 'nobody' });
  const { pid } = server;
  const until = performance.now() + CUT_MS;
  const query = "WorkflowType = 'opened'";
  const lane = async (n: number): Promise<void> => {
    for (let i = n; performance.now() < until && server.pid === pid; i++) {
      await connection
        .withDeadline(Date.now() + 1 + (i % 12), async () => {
          await workflow.count(query);
          await workflow.getHandle(ids[i % ids.length] as string).describe();
        })
        .catch(() => undefined);
      // On a busy machine a deadline is over before its call is sent: nothing would ever be sent, and all be kept.
      await nextTurn();
    }
  };
  await Promise.all(Array.from({ length: 60 }, (_, n) => lane(n)));
  const statuses = () =>
    Promise.all(ids.map(async (id) => (await workflow.getHandle(id).describe()).status.name));
  await expect.poll(() => statuses().catch(() => []), { timeout: 120_000 }).toEqual(ids.map(() => 'RUNNING'));
});
