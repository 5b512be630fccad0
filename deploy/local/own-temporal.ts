import { devNull } from 'node:os';

/**
 * The environment of processes that go to a Temporal of our own: what leads to another one, by variables or by the user's
 * configuration file, is not theirs.
 */
export const atOwnTemporal = (environment: NodeJS.ProcessEnv, address: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !name.startsWith('TEMPORAL_') || name === 'TEMPORAL_METRICS',
    ),
  ),
  TEMPORAL_ADDRESS: address,
  TEMPORAL_CONFIG_FILE: devNull,
});
