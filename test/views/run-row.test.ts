// A row says what the view of the same history says, or that it does not know.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import { describe, expect, test } from 'vitest';
import { searchAttributes as attributes } from '../../goals/wire/names.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { runRow } from '../../views/run-row.ts';

const root = fileURLToPath(new URL('../histories/', import.meta.url));
type Fields = Record<string, temporal.api.common.v1.IPayload>;

/** The row that Temporal would list of a recorded history, and the view of it. */
function listed(name: string): { info: temporal.api.workflow.v1.IWorkflowExecutionInfo; run: Run } {
  const read = (kind: string) => JSON.parse(readFileSync(join(root, `${name}.${kind}.json`), 'utf8'));
  const { run } = read('view') as { run: Run };
  const events = historyFromJSON(read('history')).events ?? [];
  const start = events[0]?.workflowExecutionStartedEventAttributes;
  const memo: Fields = { ...start?.memo?.fields };
  const attributes: Fields = { ...start?.searchAttributes?.indexedFields };
  for (const event of events) {
    const { workflowPropertiesModifiedEventAttributes: changed } = event;
    Object.assign(memo, changed?.upsertedMemo?.fields);
    Object.assign(
      attributes,
      event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields,
    );
  }
  const info = {
    execution: { workflowId: run.id, runId: run.execution },
    type: { name: run.goal },
    startTime: events[0]?.eventTime ?? null,
    closeTime: events.at(-1)?.eventTime ?? null,
    memo: { fields: memo },
    searchAttributes: { indexedFields: attributes },
  };
  return { info, run };
}

const NAMES = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(join(root, name))
      .filter((file) => file.endsWith('.view.json'))
      .map((file) => `${name}/${file.replace('.view.json', '')}`),
  );
const CLOSED = NAMES.filter((name) => listed(name).run.outcome !== null);

const rowOf = (name: string, changes: object = {}) => {
  const { info, run } = listed(name);
  const end = run.outcome === null ? null : { outcome: run.outcome, failure: null };
  const row = runRow({ ...info, ...changes }, end, 0);
  if (row === null) throw new Error(`${name} is no row`);
  return { row, run };
};

test.each(CLOSED)('%s: nothing that its row knows differs from its view', (name) => {
  const { row, run } = rowOf(name);
  for (const field of ['id', 'goal', 'key', 'outcome', 'state', 'closedAt', 'late'] as const)
    expect([field, row[field]]).toEqual([field, run[field]]);
  // A run that goes on from a light one began there: a row knows the ordinary run alone.
  const wasLight = name.startsWith('0.1.12-light/');
  if (wasLight) expect(Date.parse(row.startedAt)).toBeGreaterThan(Date.parse(run.startedAt));
  else expect(row.startedAt).toBe(run.startedAt);
  expect(row.waiting).toEqual([]);
  if (row.failure !== null && row.failure.code !== null) expect(row.failure.code).toBe(run.failure?.code);
  if (row.healed !== null) expect(row.healed).toBe(run.errors.recovered + run.errors.handled);
});

describe('a run that writes its row', () => {
  test.each(NAMES.filter((name) => name.startsWith('0.1.2-rows/')))('%s knows all of it', (name) => {
    const { row, run } = rowOf(name);
    expect(row.healed).toBe(run.errors.recovered + run.errors.handled);
    const { failure } = run;
    expect(row.failure).toEqual(
      failure && {
        ...{ kind: failure.kind, code: failure.code, path: failure.path },
        message: failure.cause?.message ?? failure.message,
        ...{ run: failure.cause?.run ?? null, fingerprint: failure.cause?.fingerprint ?? null },
      },
    );
  });

  test('without its memo, as it is sealed, says kind and code alone', () => {
    const { row, run } = rowOf('0.1.2-rows/failed-after-errors', { memo: { fields: {} } });
    expect(row.failure).toMatchObject({ kind: 'job', code: run.failure?.code, message: null, path: [] });
    expect(row.healed).toBeNull();
  });
});

test('a run that failed before there were rows says that it does not know why', () => {
  const { row } = rowOf('0.1.0/failed-exhausted');
  expect(row.failure).toMatchObject({ kind: null, code: null, message: null });
});

test('what is no run has no row', () => {
  const { info } = listed('0.1.2-rows/failed-after-errors');
  expect(runRow({ ...info, type: { name: 'another' } }, null, 0)).toBeNull();
});

test('a run that was asked for at a later time is delayed until it begins', () => {
  const { info } = listed('0.1.2-rows/failed-after-errors');
  const stateOf = (said: string) => {
    const data = new TextEncoder().encode(JSON.stringify(said));
    const payload = { metadata: { encoding: new TextEncoder().encode('json/plain') }, data };
    const searchAttributes = { indexedFields: { [attributes.state]: payload } };
    return runRow({ ...info, searchAttributes }, null, 0)?.state;
  };
  expect(['delayed', 'waiting', 'pursuing'].map(stateOf)).toEqual(['delayed', 'waiting', 'pursuing']);
});
