// OpenLineage events of records. The schema below says in our words what spec 2-0-2 demands of what we send: every field that it
// requires, its form, and no enumeration value that it does not have. The official schemas, of which copies lie beside, judge, too.

import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { openLineageSink } from '../../../activities/records/record-sink/open-lineage.ts';
import { recordsFrom } from '../../../activities/records/records-from.ts';
import type { RunRecord } from '../../../goals/wire/run-record.ts';
import { lineageEvents } from '../../../views/open-lineage.ts';

const uri = z.string().regex(/^(https:\/\/|urn:)[^\s]+$/);
const facets = z.record(z.string(), z.looseObject({ _producer: uri, _schemaURL: uri }));
const dataset = z.object({ namespace: z.string(), name: z.string(), facets: facets.optional() });
const runEvent = z.object({
  eventTime: z.iso.datetime(),
  producer: uri,
  schemaURL: z.literal('https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'),
  eventType: z.enum(['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER']),
  run: z.object({ runId: z.guid(), facets }),
  job: z.object({ namespace: z.string(), name: z.string(), facets }),
  inputs: z.array(dataset),
  outputs: z.array(dataset.extend({ outputFacets: facets.optional() })),
});

const part = { dataset: 'orders', team: 'shop', partition: { day: '2026-11-20' }, key: '2026-11-20' };
const failed = JSON.parse(
  await readFile('test/histories/0.1.0/failed-permanent.record.json', 'utf8'),
) as RunRecord;
const achieved: RunRecord = {
  ...failed,
  outcome: { ...failed.outcome, outcome: 'achieved', failure: null },
  intention: { ...failed.intention, why: { ...failed.intention.why, kind: 'schedule' } },
  produced: [{ ...part, rows: 12, bytes: 900, version: 'v1', where: 's3://lake/orders' }],
  used: [
    {
      ...{ ...part, dataset: 'raw', digest: 'sha256:1' },
      ...{ by: { goal: 'g', run: 'g:1', execution: failed.execution }, at: failed.intention.startedAt },
    },
  ],
};

test('a run is two events that keep to the specification, with what it used and produced', () => {
  for (const record of [failed, achieved])
    for (const event of lineageEvents(record, 'lake')) expect(runEvent.parse(event)).toEqual(event);
  const [start, end] = lineageEvents(achieved, 'lake');
  expect([start?.eventType, end?.eventType]).toEqual(['START', 'COMPLETE']);
  expect(start?.run.facets).toMatchObject({ nominalTime: { nominalStartTime: achieved.intention.why.at } });
  expect(end).toMatchObject({
    inputs: [{ namespace: 'lake', name: 'raw', facets: { version: { datasetVersion: 'sha256:1' } } }],
    outputs: [
      {
        ...{ namespace: 'lake', name: 'orders' },
        facets: { version: { datasetVersion: 'v1' }, goalkeeper_partition: { partition: part.partition } },
        outputFacets: { outputStatistics: { rowCount: 12, size: 900 } },
      },
    ],
  });
});

const SPEC = new URL('./open-lineage-spec/', import.meta.url);

/** Copies of what the events name as their schemas, by whose own IDs they are found: no network is needed. */
async function officialSchemas(): Promise<Ajv2020> {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  for (const file of (await readdir(SPEC)).filter((name) => name.endsWith('.json')))
    ajv.addSchema(JSON.parse(await readFile(new URL(file, SPEC), 'utf8')) as AnySchemaObject);
  return ajv;
}

test('the official schemas of 2-0-2 take both events and each of their facets', async () => {
  const events = [failed, achieved].flatMap((record) => lineageEvents(record, 'lake'));
  const parts = events.flatMap((event) => {
    const all = [event.run.facets, event.job.facets].concat(
      [...event.inputs, ...event.outputs].flatMap((one) => [one.facets, one.outputFacets ?? {}]),
    );
    const of = all.flatMap((some) => Object.values(some));
    return [{ url: event.schemaURL, part: event as object }].concat(
      of.map((part) => ({ url: part._schemaURL, part })),
    );
  });
  const known = parts.filter(({ url }) => url.startsWith('https:'));
  expect(new Set(known.map(({ url }) => url)).size).toBe(5);
  const ajv = await officialSchemas();
  for (const { url, part } of known) {
    const validate = ajv.getSchema(url);
    expect([url, validate?.(part), validate?.errors]).toEqual([url, true, null]);
  }
  // They do refuse what is wrong, of an event and of each facet.
  expect(ajv.getSchema(events[0]?.schemaURL ?? '')?.({ ...events[0], run: { runId: '1' } })).toBe(false);
  for (const { url } of known)
    expect([url, ajv.getSchema(url)?.({ _producer: 'nobody' })]).toEqual([url, false]);
});

test('a failed run names its first cause and has produced nothing; an open one is no event', () => {
  const [, end] = lineageEvents({ ...failed, produced: achieved.produced ?? [] }, 'lake');
  expect(end).toMatchObject({ eventType: 'FAIL', outputs: [] });
  expect(end?.run.facets.errorMessage?.message).toContain(failed.outcome.failure?.cause?.code);
  const cancelled = { ...failed, outcome: { ...failed.outcome, outcome: 'cancelled' as const } };
  expect(lineageEvents(cancelled, 'lake')[1]?.eventType).toBe('ABORT');
  expect(lineageEvents({ ...failed, outcome: { ...failed.outcome, outcome: null } }, 'lake')).toEqual([]);
});

test('the sink posts both with its key, and offers again what was not taken', async () => {
  const got: { eventType: string; key: string | undefined }[] = [];
  let status = 201;
  const server = createServer(async (request, response) => {
    got.push({ ...JSON.parse(await text(request)), key: request.headers.authorization });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/lineage`;
  const sink = recordsFrom({ GOALKEEPER_OPENLINEAGE_URL: url, GOALKEEPER_OPENLINEAGE_KEY: 'k' })?.sinks[0];
  const run = { id: failed.run, execution: failed.execution, goal: 'g', closedAt: 0 };
  const calm = new AbortController().signal;
  expect(await sink?.write(run, failed, calm)).toBe('kept');
  expect(got).toMatchObject([
    { eventType: 'START', key: 'Bearer k', job: { namespace: 'goalkeeper' } },
    { eventType: 'FAIL' },
  ]);
  status = 503;
  const again = openLineageSink(new URL(url), 'lake', null);
  await expect(again.write(run, failed, calm)).rejects.toThrow('answered 503');
  status = 422;
  expect(await again.write(run, failed, calm)).toBe('refused');
  expect(() => recordsFrom({ GOALKEEPER_OPENLINEAGE_URL: 'http://u:p@127.0.0.1' })).toThrow(
    'GOALKEEPER_OPENLINEAGE_KEY',
  );
});
