import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { configKeys, defineConfig, issuesOfConfig } from '../../config/define-config.ts';
import { nearest } from '../../config/nearest.ts';

describe('a config', () => {
  test('that says nothing, or all that can be said, is right', () => {
    expect(issuesOfConfig({})).toEqual([]);
    expect(
      issuesOfConfig(
        defineConfig({
          ...{ teams: { shop: './shop', billing: './billing' }, namespace: 'shop' },
          ...{ storage: 's3://bucket', plugins: [{ name: 'traces' }] },
        }),
      ),
    ).toEqual([]);
    expect(issuesOfConfig({ teams: './', storage: { drivers: [{}] } })).toEqual([]);
  });

  test('is refused with all that is wrong, and the nearest key', () => {
    expect(
      issuesOfConfig({ team: './shop', Namespace: 'x', taskQueue: 'q', storage: '', plugins: {} }),
    ).toEqual([
      "'team' is not a key of a config; did you mean 'teams'?",
      "'Namespace' is not a key of a config; did you mean 'namespace'?",
      "'taskQueue' is not a key of a config; there are teams, namespace, storage, logs, plugins",
      expect.stringContaining("'storage' is not a storage;"),
      expect.stringContaining("'plugins' is not a list of plugins"),
    ]);
    expect(issuesOfConfig({ teams: {}, namespace: 3 })).toEqual([
      expect.stringContaining("'teams' is neither a folder nor folders"),
      expect.stringContaining("'namespace' is not the name"),
    ]);
    expect(issuesOfConfig({ teams: { 'a b': './x' } })).toEqual([expect.stringContaining('\'a b\': "./x"')]);
    expect(issuesOfConfig({ teams: { shop: 3 } })).toEqual([expect.stringContaining("'shop': 3")]);
    for (const none of [undefined, null, [], 'x', 3])
      expect(issuesOfConfig(none)).toEqual([expect.stringContaining('export default defineConfig')]);
  });
});

test('the nearest name is the one with the fewest changes, where any is near', () => {
  const names = ['teams', 'namespace', 'storage', 'plugins'];
  expect(nearest('plugin', names)).toBe('plugins');
  expect(nearest('tems', names)).toBe('teams');
  expect(nearest('payloadCodec', names)).toBeNull();
  expect(nearest('x', [])).toBeNull();
});

test('the page of the config file lists these keys', () => {
  const page = readFileSync('docs/reference/config-file.md', 'utf8');
  expect([...page.matchAll(/^\| `(\w+)` /gm)].map(([, key]) => key)).toEqual(configKeys);
});
