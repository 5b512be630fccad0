import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import LongestFirst from './test/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/temporal.ts', 'test/bundles.ts'],
    reporters: ['default', './test/closing-line.ts'],
    pool: 'forks',
    // Most tests wait for Temporal's timers, not for a core: one file at a time would take three times as long.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Nothing of a test is left in the home of whoever runs it.
    // And nothing in that home leads a test to another Temporal.
    env: { XDG_DATA_HOME: join(tmpdir(), 'goalkeeper-tests'), TEMPORAL_CONFIG_FILE: devNull },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
