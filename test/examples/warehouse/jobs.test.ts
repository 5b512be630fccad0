import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import {
  extractPartition,
  importFares,
  listPartitions,
  loadPartition,
  reconcile,
} from '../../../examples/warehouse/contracts.ts';
import { read, write } from '../../../examples/warehouse/jobs/warehouse.ts';
import { type Landing, startLanding } from './landing-process.ts';
import { attempt, persist } from './run-job.ts';

let real: Landing;
let none: Landing;
let directory: string;
beforeAll(async () => {
  [real, none] = await Promise.all([startLanding('real'), startLanding('none')]);
});
afterAll(() => Promise.all([real.stop(), none.stop()]));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warehouse-'));
  vi.stubEnv('WAREHOUSE_DIR', directory);
  vi.stubEnv('LANDING_URL', none.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const batch = 'test';
const january = { batch, partition: '2001-01' };

async function loadAll(): Promise<void> {
  const { partitions } = await attempt(listPartitions, { batch });
  await Promise.all(
    partitions.map(async (partition) => {
      const { file } = await attempt(extractPartition, { batch, partition });
      await attempt(loadPartition, { batch, partition, file });
    }),
  );
}

describe('what the upstream does', () => {
  beforeEach(() => vi.stubEnv('LANDING_URL', real.url));

  test('a 503 says when to come back', async () => {
    await expect(attempt(extractPartition, { ...january, batch: 'busy' })).rejects.toMatchObject({
      code: 'http_503',
      goalkeeper: { permanent: false, retryAfterMs: 1000 },
    });
  });

  test('a body that breaks off is an error of its own, and leaves no file', async () => {
    const march = { batch: 'cut', partition: '2001-03' };
    await expect(attempt(extractPartition, march)).rejects.toMatchObject({ code: 'body_truncated' });
    expect(await readdir(directory)).toEqual([]);
    await expect(attempt(extractPartition, march)).resolves.toMatchObject({
      file: 'staged/cut/flights-2001-03.json',
    });
    expect(await readdir(join(directory, 'staged/cut'))).toEqual(['flights-2001-03.json']);
  });

  test('what hangs ends when the attempt is told to stop', async () => {
    const hung = { batch: 'hung', partition: '2001-02' };
    const hanging = attempt(extractPartition, hung, { signal: AbortSignal.timeout(300) });
    await expect(hanging).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('a refusal is permanent and carries the code of the upstream', async () => {
    await expect(attempt(importFares, { batch })).rejects.toMatchObject({
      code: 'licence_expired',
      message: expect.stringContaining('licence for fares has expired'),
      goalkeeper: { permanent: true },
    });
  });

  test('what is not there is permanent', async () => {
    await expect(attempt(extractPartition, { batch, partition: '1999-01' })).rejects.toMatchObject({
      code: 'not_found',
      goalkeeper: { permanent: true },
    });
  });

  test('an upstream that is down is an error with the code of the network', async () => {
    const gone = await startLanding('none');
    await gone.stop();
    vi.stubEnv('LANDING_URL', gone.url);
    const error = await attempt(listPartitions, { batch }).catch((error) => error);
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

test('without LANDING_URL the error says what to set', async () => {
  vi.stubEnv('LANDING_URL', undefined);
  await expect(attempt(listPartitions, { batch })).rejects.toMatchObject({
    code: 'landing_url_missing',
    message: expect.stringContaining('LANDING_URL is not set'),
    goalkeeper: { permanent: true },
  });
});

describe('loading', () => {
  test('a partition that is loaded twice is there once', async () => {
    const { file } = await attempt(extractPartition, january);
    const first = await attempt(loadPartition, { ...january, file });
    const second = await attempt(loadPartition, { ...january, file });
    expect(second).toEqual(first);
    expect(first.rows).toBe(6937);
  });

  test('a partition that is loaded four times at once is there once', async () => {
    const { file } = await attempt(extractPartition, january);
    const loads = Array.from({ length: 4 }, () => attempt(loadPartition, { ...january, file }));
    for (const { rows } of await Promise.all(loads)) expect(rows).toBe(6937);
  });

  test('batches do not touch each other', async () => {
    const { file } = await attempt(extractPartition, january);
    await attempt(loadPartition, { ...january, file });
    await attempt(loadPartition, { ...january, batch: 'other', file });
    const counts = await read(
      z.object({ batch: z.string(), rows: z.coerce.number() }),
      'SELECT batch, count(*) AS rows FROM flights GROUP BY batch ORDER BY batch',
    );
    expect(counts).toEqual([
      { batch: 'other', rows: 6937 },
      { batch, rows: 6937 },
    ]);
  });

  test('a load that fails leaves what was loaded before, and is not tried again', async () => {
    const { file } = await attempt(extractPartition, january);
    await attempt(loadPartition, { ...january, file });
    const broken = write([
      ['DELETE FROM flights'],
      ['INSERT INTO flights (batch) VALUES ($batch)', { batch }],
    ]);
    await expect(broken).rejects.toMatchObject({
      code: 'warehouse_refused',
      goalkeeper: { permanent: true },
    });
    const [counted] = await read(
      z.object({ rows: z.coerce.number() }),
      'SELECT count(*) AS rows FROM flights',
    );
    expect(counted).toEqual({ rows: 6937 });
  });

  test('a warehouse that another process has is an error that may heal', async () => {
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { DuckDBInstance } from '@duckdb/node-api';
         const instance = await DuckDBInstance.create(process.argv[1]);
         const connection = await instance.connect();
         process.send('held');
         process.once('disconnect', () => { connection.closeSync(); instance.closeSync(); process.exit(); });`,
        join(directory, 'warehouse.duckdb'),
      ],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    await once(holder, 'message');
    const { file } = await attempt(extractPartition, january);
    const error = await attempt(loadPartition, { ...january, file }).catch((error) => error);
    holder.disconnect();
    await once(holder, 'exit');
    expect(error).toMatchObject({ code: 'warehouse_locked' });
    expect(error.goalkeeper).toBeUndefined();
    await expect(attempt(loadPartition, { ...january, file })).resolves.toEqual({ rows: 6937 });
  });
});

describe('reconciling', () => {
  test('the warehouse agrees with the control file once everything is loaded', async () => {
    await loadAll();
    expect(await attempt(reconcile, { batch })).toEqual({
      rows: 20_000,
      expectedRows: 20_000,
      totalDelay: 154_078,
      expectedDelay: 154_078,
      totalDistance: 14_476_934,
      expectedDistance: 14_476_934,
      partitions: 3,
      differingPartitions: [],
    });
  });

  test('it heals what its own download meets', async () => {
    await loadAll();
    vi.stubEnv('LANDING_URL', real.url);
    const codes: string[] = [];
    await persist(reconcile, { batch }, codes);
    expect(codes).toEqual(['body_truncated']);
  });

  test('a partition that was tampered with is found', async () => {
    await loadAll();
    await write([["UPDATE flights SET delay = delay + 1 WHERE partition = '2001-02'"]]);
    expect(await attempt(reconcile, { batch })).toMatchObject({
      rows: 20_000,
      totalDelay: 154_078 + 5964,
      differingPartitions: ['2001-02'],
    });
  });
});

test('fares would arrive if their licence were renewed', async () => {
  const generous = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('[{"from":"SEA","to":"BOS","dollars":310},{"from":"BOS","to":"SEA","dollars":295}]');
  }).listen(0, '127.0.0.1');
  await once(generous, 'listening');
  vi.stubEnv('LANDING_URL', `http://127.0.0.1:${(generous.address() as AddressInfo).port}`);
  expect(await attempt(importFares, { batch })).toEqual({ rows: 2 });
  generous.closeAllConnections();
  generous.close();
});
