// Sinks of records by themselves: what the environment asks for, and how each treats what it is given.

import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { directorySink } from '../../../activities/records/record-sink/directory.ts';
import { subscriptionSink } from '../../../activities/records/record-sink/subscription.ts';
import { webhookSink } from '../../../activities/records/record-sink/webhook.ts';
import { recordsFrom } from '../../../activities/records/records-from.ts';
import type { MarkRecord } from '../../../goals/wire/mark-record.ts';
import type { RunRecord } from '../../../goals/wire/run-record.ts';

const run = {
  id: 'load-day:2026-11-20',
  execution: '01a1fc20-9acd-7164-ab36-e22f306ec515',
  goal: 'load-day',
  closedAt: Date.parse('2026-11-20T23:59:59.999Z'),
};
const record = JSON.parse(
  await readFile('test/histories/0.1.0/failed-permanent.record.json', 'utf8'),
) as RunRecord;
const calm = new AbortController().signal;

describe('the environment', () => {
  test('that names no sink asks for none, and all that it names is taken', () => {
    expect(recordsFrom({ GOALKEEPER_RECORDS_PERIOD: '5s' })).toBeNull();
    const both = recordsFrom({
      GOALKEEPER_RECORDS_DIR: 'records',
      GOALKEEPER_RECORDS_URL: 'https://audit.example/records',
      GOALKEEPER_RECORDS_NAME: 'eu',
      GOALKEEPER_RECORDS_PERIOD: '5s',
      GOALKEEPER_RECORDS_SINCE: '2026-11-20T06:00:00Z',
    });
    expect(both?.sinks.map(({ kind }) => kind)).toEqual(['directory', 'webhook']);
    expect(both).toMatchObject({ name: 'eu', periodMs: 5000, since: new Date('2026-11-20T06:00:00Z') });
  });

  test.each([
    ['URL', 'ftp://audit.example'],
    ['URL', 'audit'],
    ['URL', 'http://user:hunter2x@audit.example/'],
    ['NAME', 'E U'],
    ['PERIOD', 'soon'],
    ['PERIOD', '1ms'],
    ['SINCE', 'yesterday'],
    ['SECRET', 'whsec_c2hvcnQ='],
  ])('with the %s %j is a start problem that names the variable', (variable, value) => {
    const environment = {
      GOALKEEPER_RECORDS_URL: 'http://127.0.0.1',
      [`GOALKEEPER_RECORDS_${variable}`]: value,
    };
    const start = () => recordsFrom(environment);
    expect(start).toThrow(expect.objectContaining({ code: 'records_invalid' }));
    expect(start).toThrow(`GOALKEEPER_RECORDS_${variable}`);
    if (variable === 'SECRET') expect(start).not.toThrow('c2hvcnQ');
    expect(start).not.toThrow('hunter2x');
  });
});

describe('a directory', () => {
  test('has a file a run and execution, by goal and day, and nothing else, for its user alone', async () => {
    const root = join(await mkdtemp(join(tmpdir(), 'records-')), 'made', 'anew');
    const sink = directorySink(root);
    await sink.open();
    expect(await sink.has(run)).toBe(false);
    await Promise.all([1, 2, 3].map(() => sink.write(run, record, calm)));
    expect(await sink.has(run)).toBe(true);
    const folder = join(root, 'load-day/2026-11-20');
    expect(await readdir(folder)).toEqual([`${run.id}.${run.execution}.json`]);
    const written = await readFile(join(folder, `${run.id}.${run.execution}.json`), 'utf8');
    expect(JSON.parse(written)).toEqual(record);
    const all = [root, ...(await readdir(root, { recursive: true })).map((name) => join(root, name))];
    expect(all).toHaveLength(4);
    for (const path of all) {
      const { mode } = await stat(path);
      expect(mode & 0o077, path).toBe(0);
    }
  });

  test('that cannot be made is a start problem; a write that fails leaves no draft', async () => {
    const root = await mkdtemp(join(tmpdir(), 'records-'));
    await writeFile(join(root, 'file'), '');
    await expect(directorySink(join(root, 'file')).open()).rejects.toMatchObject({
      code: 'records_directory_unusable',
      message: expect.stringContaining('GOALKEEPER_RECORDS_DIR'),
    });
    const sink = directorySink(root);
    const circular = { ...record } as Record<string, unknown>;
    circular.itself = circular;
    await expect(sink.write(run, circular as never, calm)).rejects.toThrow();
    expect(await readdir(join(root, 'load-day/2026-11-20'))).toEqual([]);
  });
});

/** What a receiver says, and how long nobody asks it again. */
const RETRY_AFTER: [string, number | undefined][] = [
  ['4', 4_000],
  ['7200', 7_200_000],
  ['1234567', 1_234_567_000],
  ['99999999999999999999', 366 * 86_400_000],
  ['0', undefined],
  ['soon', undefined],
  ['Fri, 20 Nov 2020 12:00:00 GMT', undefined],
];

describe('a webhook', () => {
  async function receiver(status: number, headers: Record<string, string> = {}) {
    const taken: { headers: Record<string, unknown>; body: string }[] = [];
    const server = createServer(async (request, response) => {
      taken.push({ headers: request.headers, body: await text(request) });
      if (status > 0) response.writeHead(status, headers).end('thanks');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`), taken };
  }

  test('is signed as Standard Webhooks are: over its ID, time and body', async () => {
    const key = Buffer.from('0123456789abcdef0123456789abcdef');
    const { url, taken } = await receiver(200);
    expect(await webhookSink(url, key).write(run, record, calm)).toBe('kept');
    const [{ headers, body }] = taken as [(typeof taken)[number]];
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    expect(headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
    );
    expect(headers).toMatchObject({ 'webhook-id': run.execution, 'user-agent': 'goalkeeper' });
    expect(JSON.parse(body)).toEqual({
      type: 'run.closed',
      timestamp: '2026-11-20T23:59:59.999Z',
      data: record,
    });
  });

  test.each([200, 201, 202, 204])('that answers %i has it', async (status) => {
    const { url, taken } = await receiver(status);
    expect(await webhookSink(url, null).write(run, record, calm)).toBe('kept');
    expect(taken[0]?.headers).not.toHaveProperty('webhook-signature');
  });

  test.each([413, 422])('that answers %i never takes it', async (status) => {
    expect(await webhookSink((await receiver(status)).url, null).write(run, record, calm)).toBe('refused');
  });

  test.each([302, 400, 401, 404, 429, 500, 503])('that answers %i is asked again', async (status) => {
    const elsewhere = await receiver(200);
    const { url } = await receiver(status, { location: elsewhere.url.href });
    await expect(webhookSink(url, null).write(run, record, calm)).rejects.toThrow(`answered ${status}`);
    expect(elsewhere.taken).toEqual([]);
  });

  test.each(RETRY_AFTER)('that says Retry-After: %s is asked again no earlier', async (header, ms) => {
    const { url } = await receiver(503, { 'retry-after': header });
    const failure = await webhookSink(url, null)
      .write(run, record, calm)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: `${url.host} answered 503` });
    expect((failure as { nextRetryDelay?: number }).nextRetryDelay).toBe(ms);
  });

  test('that says from which date on is asked again no earlier', async () => {
    const { url } = await receiver(503, { 'retry-after': new Date(Date.now() + 7_200_000).toUTCString() });
    const failure = await webhookSink(url, null)
      .write(run, record, calm)
      .catch((error: unknown) => error);
    expect((failure as { nextRetryDelay?: number }).nextRetryDelay).toBeGreaterThan(7_100_000);
  });

  test('that is not there, or does not answer before the worker stops, is asked again', async () => {
    const gone = webhookSink(new URL('http://127.0.0.1:1/'), null);
    await expect(gone.write(run, record, calm)).rejects.toThrow('no answer from 127.0.0.1:1');
    const { url, taken } = await receiver(0);
    const stop = new AbortController();
    const write = webhookSink(url, null).write(run, record, stop.signal);
    await expect.poll(() => taken.length).toBe(1);
    stop.abort();
    await expect(write).rejects.toThrow('no answer from');
  });

  test('that does not answer in time is asked again, whatever the garbage collector does meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collecting = setInterval(runInNewContext('gc') as () => void, 20);
    onTestFinished(() => clearInterval(collecting));
    const { url } = await receiver(0);
    const write = webhookSink(url, null, 300).write(run, record, new AbortController().signal);
    await expect(write).rejects.toThrow(/no answer from .*: not within 300 ms/);
  }, 10_000);
});

describe('what an execution is marked as', () => {
  const doubt = { at: '2026-11-21T08:00:00Z', by: 'ada', run: 'control:1', execution: 'e', path: [] };
  const marks: MarkRecord = {
    ...{ version: 1, run: run.id, execution: run.execution, goal: run.goal },
    inDoubt: [{ ...doubt, retraction: 'r1' }],
  };
  const more = { ...marks, inDoubt: [...(marks.inDoubt ?? []), { ...doubt, retraction: 'r2' }] };

  test('stands beside the records of its goal, the last word only, and goes with them', async () => {
    const root = await mkdtemp(join(tmpdir(), 'gk-records-'));
    onTestFinished(() => rm(root, { recursive: true }));
    const sink = directorySink(root);
    await sink.write(run, record, calm);
    expect([await sink.mark?.(marks, calm), await sink.mark?.(more, calm)]).toEqual(['kept', 'kept']);
    const file = join(root, 'load-day/marks', `${run.id}.${run.execution}.json`);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(more);
    expect(await sink.forget({ run: run.id, goal: run.goal, team: null, message: 'm' }, calm)).toBe(2);
  });

  test('is told to a webhook, each mark more under an ID of its own', async () => {
    const got: unknown[] = [];
    const server = createServer(async (request, response) => {
      got.push([request.headers['webhook-id'], JSON.parse(await text(request))]);
      response.writeHead(got.length > 2 ? 413 : 204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const sink = webhookSink(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), null);
    expect([await sink.mark?.(marks, calm), await sink.mark?.(more, calm)]).toEqual(['kept', 'kept']);
    const sent = (data: MarkRecord) => expect.objectContaining({ type: 'run.marked', data });
    expect(got).toEqual([
      [`${run.execution}.marks-1`, sent(marks)],
      [`${run.execution}.marks-2`, sent(more)],
    ]);
    expect(await sink.mark?.(more, calm)).toBe('refused');
  });
});

describe('a run that was deleted', () => {
  const gone = { run: run.id, goal: run.goal, team: 'shop', message: 'deletion.0' };

  test('is gone from a directory, all executions of it, and nothing of a run whose ID begins alike', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gk-records-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const sink = directorySink(folder);
    const longer = { ...run, id: `${run.id}.01a1fc20` };
    const later = { ...run, execution: run.execution.replace('9', '8'), closedAt: run.closedAt + 86_400_000 };
    for (const one of [run, later, longer]) await sink.write(one, record, calm);
    expect([await sink.forget(gone, calm), await sink.forget(gone, calm)]).toEqual([2, 0]);
    expect([await sink.has(run), await sink.has(later), await sink.has(longer)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('is told to a webhook and to who subscribed, each in its protocol; not to who hears of other teams', async () => {
    const received: { id: unknown; body: unknown }[] = [];
    const server = createServer(async (request, response) => {
      received.push({ id: request.headers['webhook-id'], body: JSON.parse(await text(request)) });
      response.writeHead(received.length > 2 ? 413 : 204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const terms = {
      name: 'billing',
      url,
      keys: [],
      goals: null,
      outcomes: null,
      format: 'cloudevents' as const,
    };
    expect(await webhookSink(url, null).forget(gone, calm)).toBeNull();
    expect(await subscriptionSink({ ...terms, teams: ['shop'] }).forget(gone, calm)).toBeNull();
    expect(await subscriptionSink({ ...terms, teams: ['other'] }).forget(gone, calm)).toBeNull();
    expect(received).toEqual([
      { id: 'deletion.0', body: expect.objectContaining({ type: 'run.deleted', data: { deleted: run.id } }) },
      {
        id: 'deletion.0',
        body: expect.objectContaining({ type: 'goalkeeper.run.deleted', data: { deleted: run.id } }),
      },
    ]);
    expect(await webhookSink(url, null).forget(gone, calm)).toBe('refused');
  });
});
