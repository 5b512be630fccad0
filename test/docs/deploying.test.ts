import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { describePreflight, UNSEEN } from '../../activities/preflight/describe-preflight.ts';
import { preflightFrom } from '../../activities/preflight/gate.ts';
import { versioningFrom, versionOf } from '../../activities/versioning/versioning-from.ts';
import { preflightCommand } from '../../cli/preflight.ts';
import { versionsCommand } from '../../cli/versions.ts';

const guide = await readFile('docs/guide/deploying.md', 'utf8');

test('the guide has every option of preflight, the modes of the gate with their default, and what replay does not see', () => {
  for (const { long } of preflightCommand().options) expect(guide).toContain(`\`${long}`);
  const modes = [...guide.matchAll(/^\| `(\w+)` \| /gm)].map(([, mode]) => mode);
  expect(modes.map((mode) => preflightFrom({ GOALKEEPER_PREFLIGHT: mode }))).toEqual([
    'refuse',
    'warn',
    'off',
  ]);
  expect([preflightFrom({ NODE_ENV: 'production' }), preflightFrom({})]).toEqual(['refuse', 'warn']);
  expect(() => preflightFrom({ GOALKEEPER_PREFLIGHT: 'on' })).toThrow('refuse, warn, off');
  for (const unseen of UNSEEN) expect(guide.replaceAll('\n', ' ')).toContain(unseen);
});

test('the report that the guide shows is one', () => {
  const [, shown] = /```\n(daily-revenue[\s\S]*?)```/.exec(guide) ?? [];
  const runs = ['20', '21'].map((day) => ({ id: `daily-revenue:2026-11-${day}`, execution: null }));
  const difference = 'load-orders#1 is what it did, and the code of now does load-fares#1 in its place';
  const report = describePreflight({
    goals: [
      {
        ...{ goal: 'daily-revenue', queue: 'shop', open: 3, replayed: 3, broken: 2, stuckBefore: 0 },
        differences: [{ difference, count: 2, runs }],
      },
    ],
    ...{ replayed: 3, broken: 2 },
  });
  expect(report.startsWith(shown ?? 'nothing is shown')).toBe(true);
});

test('the guide has every command on versions, with its options', () => {
  for (const command of versionsCommand().commands) {
    expect(guide).toContain(`\`versions ${command.name()}`);
    for (const { long } of command.options) expect(guide).toContain(long);
  }
});

test('whether a worker is a version, and makes itself current, is as the guide says', () => {
  const names = { TEMPORAL_DEPLOYMENT_NAME: 'shop', TEMPORAL_WORKER_BUILD_ID: '42' };
  expect(versioningFrom({})).toBeNull();
  expect(versioningFrom({ GOALKEEPER_VERSIONING: 'on' })).toEqual({ mode: 'on' });
  expect(versioningFrom(names)).toEqual({ mode: 'on', deployment: 'shop', build: '42' });
  expect(versioningFrom({ ...names, TEMPORAL_DEPLOYMENT_NAME: 'web/shop' })?.mode).toBe('follow');
  expect(versioningFrom({ ...names, GOALKEEPER_VERSIONING: 'follow' })?.mode).toBe('follow');
  expect(versioningFrom({ ...names, GOALKEEPER_VERSIONING: 'off' })).toBeNull();
  expect(() => versioningFrom({ GOALKEEPER_VERSIONING: 'yes' })).toThrow('on, follow, off');
  for (const name of Object.keys(names))
    expect(() => versioningFrom({ [name]: 'alone' })).toThrow('is missing beside');
  expect(versionOf({ mode: 'on' }, 'shop', 'c0de')).toMatchObject({
    deploymentName: 'shop',
    buildId: expect.stringMatching(/^goalkeeper-\d+\.\d+\.\d+\+c0de$/),
  });
  expect(() => versionOf({ mode: 'on' }, 'shop.eu', 'c0de')).toThrow('TEMPORAL_DEPLOYMENT_NAME');
});
