import { afterEach, expect, test, vi } from 'vitest';
import type { Goal } from '../../goals/index.ts';
import * as names from '../../goals/wire/names.ts';
import { ownWorkflow } from '../../workflows/own-workflows.ts';
import { versioningOf } from '../../workflows/versioning.ts';

afterEach(() => vi.unstubAllGlobals());

test("goalkeeper's own workflows are found by their types, and no goal is taken for one of them", () => {
  const { ALERTS, BACKFILL, EVENT_BATCH, OUTCOME_LISTENER, KEEP_RECORDS, KEEP_STANDING } = names;
  const { DELETION, LEASE, MAP_SHARD, POOL, REQUEST, SCHEDULED, CATALOGUE_ENTRY } = names;
  const types = [
    names.BULK_ACT,
    names.LIGHT_HOST,
    names.RECOVERY,
    names.RETRACTION,
    DELETION,
    ...[ALERTS, BACKFILL, EVENT_BATCH, OUTCOME_LISTENER, KEEP_RECORDS, KEEP_STANDING],
    ...[LEASE, MAP_SHARD, POOL, REQUEST, SCHEDULED, CATALOGUE_ENTRY],
  ];
  expect(types.filter((type) => ownWorkflow(type) === undefined)).toEqual([]);
  for (const goal of ['load', 'constructor', 'valueOf', '__proto__'])
    expect(ownWorkflow(goal)).toBeUndefined();
});

test('versioning.1: on a worker of a version what lives longer than a deploy upgrades and the rest is pinned; elsewhere neither', () => {
  const { BACKFILL, EVENT_BATCH, KEEP_STANDING, SCHEDULED, LEASE, MAP_SHARD, REQUEST } = names;
  const goals = [
    { name: 'stays', version: 'pinned', formerly: [] },
    { name: 'moves', version: 'upgrade', formerly: ['moved'] },
  ] as readonly Pick<Goal, 'name' | 'version' | 'formerly'>[] as readonly Goal[];
  const types = [
    BACKFILL,
    EVENT_BATCH,
    KEEP_STANDING,
    SCHEDULED,
    names.LIGHT_HOST,
    LEASE,
    MAP_SHARD,
    REQUEST,
    'stays',
    'moves',
  ];
  expect(types.map((type) => versioningOf(type, goals))).toEqual(types.map(() => ({})));
  vi.stubGlobal(names.VERSIONED_GLOBAL, true);
  const upgrading = types.filter((type) => versioningOf(type, goals).versioningBehavior === 'AUTO_UPGRADE');
  expect(upgrading).toEqual([BACKFILL, EVENT_BATCH, KEEP_STANDING, SCHEDULED, names.LIGHT_HOST, 'moves']);
  const pinned = types.filter((type) => versioningOf(type, goals).versioningBehavior === 'PINNED');
  expect([...upgrading, ...pinned].sort()).toEqual([...types].sort());
});
