// `goalkeeper.config.ts`: what a project says of itself that is code, or a list. Addresses, ports and secrets are the
// environment's. It knows types alone, so that whoever reads a config loads nothing.

import type { ExternalStorage } from '@temporalio/common';
import type { BundlerPlugin, WorkerPlugin } from '@temporalio/worker';
import { nearest } from './nearest.ts';

/** What `goalkeeper.config.ts` may say. A flag and the environment go before it, and it goes before what is found by its name. */
export interface Config {
  /**
   * The folders of the project's teams, relative to the config: one folder, or folders by the names of their teams. A team's
   * name is that of its task queue. Default: this folder where it has a `goals.ts`, else each of its folders that has one.
   */
  teams?: string | Readonly<Record<string, string>>;
  /** Temporal's namespace for workers, unless TEMPORAL_NAMESPACE names one. Default: `default`. */
  namespace?: string;
  /**
   * Where payloads of more than 256 KiB go, unless GOALKEEPER_STORAGE says: the absolute path of a directory, `s3://bucket`, or a
   * storage of Temporal's SDK. Default: a directory of the user's.
   */
  storage?: string | ExternalStorage;
  /**
   * Where workers keep the whole logs of attempts, unless GOALKEEPER_LOGS says: the absolute path of a directory, or `s3://bucket`. The
   * gateway reads them where its own GOALKEEPER_LOGS says the same. Default: nowhere.
   */
  logs?: string;
  /** Plugins of Temporal's SDK. Default: what `plugins.ts` of the team's folder exports. */
  plugins?: readonly (WorkerPlugin & BundlerPlugin)[];
}

/**
 * A project's config, typed. It does nothing else: what is wrong with a config, whoever loads it says.
 *
 * @example
 * ```ts
 * import { defineConfig } from 'goalkeeper/config';
 *
 * export default defineConfig({ teams: { shop: './shop', billing: './billing' } });
 * ```
 */
export const defineConfig = (config: Config): Config => config;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A name that Temporal takes for a task queue, and a folder for its name. */
const TEAM_NAME = /^[\w][\w.-]{0,99}$/;

/** Of each key: what is wrong with its value, as a sentence that follows the key; null when nothing is. */
const KEYS: Record<keyof Config, (value: unknown) => string | null> = {
  teams(value) {
    if (typeof value === 'string' && value !== '') return null;
    if (!isObject(value) || Object.keys(value).length === 0)
      return "is neither a folder nor folders by the names of teams; write such as { shop: './shop' }";
    const wrong = Object.entries(value).find(
      ([name, folder]) => !TEAM_NAME.test(name) || typeof folder !== 'string' || folder === '',
    );
    if (wrong === undefined) return null;
    return `has '${wrong[0]}': ${JSON.stringify(wrong[1])}; give a folder by the name of its team, such as shop: './shop'`;
  },
  namespace: (value) =>
    typeof value === 'string' && value !== '' ? null : 'is not the name of a namespace; write such as "shop"',
  storage: (value) =>
    (typeof value === 'string' && value !== '') ||
    (isObject(value) && Array.isArray(value.drivers) && value.drivers.length > 0)
      ? null
      : 'is not a storage; give the absolute path of a directory, s3://bucket, or an ExternalStorage of Temporal’s SDK',
  logs: (value) =>
    typeof value === 'string' && /^(\/|s3:\/\/)/.test(value)
      ? null
      : 'is no place for logs; give the absolute path of a directory, or s3://bucket',
  plugins: (value) =>
    Array.isArray(value) && value.every((plugin) => typeof plugin?.name === 'string')
      ? null
      : 'is not a list of plugins of Temporal’s SDK; write such as [new OpenTelemetryPlugin(…)]',
};

/** The keys that a config may have. */
export const configKeys: readonly string[] = Object.keys(KEYS);

/** Everything that is wrong with what a config exports, a sentence each. Empty: nothing is. */
export function issuesOfConfig(exported: unknown): string[] {
  if (!isObject(exported))
    return ['its default export is not a config; write `export default defineConfig({ … })`'];
  return Object.entries(exported).flatMap(([key, value]) => {
    if (!Object.hasOwn(KEYS, key)) {
      const meant = nearest(key, configKeys);
      return [
        `'${key}' is not a key of a config; ${meant === null ? `there are ${configKeys.join(', ')}` : `did you mean '${meant}'?`}`,
      ];
    }
    const wrong = value === undefined ? null : KEYS[key as keyof Config](value);
    return wrong === null ? [] : [`'${key}' ${wrong}`];
  });
}
