import { expect, test } from 'vitest';
import { isLeaseId, leaseId } from '../../../goals/wire/lease.ts';

test('the ID of a lease names the run, the job and the resource', () => {
  expect(leaseId('model-ready:7', 'stop-cluster', 'penguins')).toBe(
    'gk-lease:model-ready:7:stop-cluster:penguins',
  );
});

test('whatever a run and a resource are called, the ID is safe, short, and its own', () => {
  const runs = [
    'model-ready:7',
    `${'g'.repeat(60)}:${'k'.repeat(120)}`,
    `${'g'.repeat(60)}:${'k'.repeat(119)}j`,
  ];
  const names = ['a', 'A', 'a b', 'a/b', "a'b", '', 'ä', 'x'.repeat(300), `${'x'.repeat(300)}y`, 'null'];
  const ids = runs.flatMap((run) => names.map((name) => leaseId(run, 'stop-cluster', name)));
  expect(ids.filter((id) => !isLeaseId(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(isLeaseId(leaseId("odd run's id\n", 'stop', 'x'))).toBe(true);
});
