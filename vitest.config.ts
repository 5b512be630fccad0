import { devNull } from 'node:os';
import { defineConfig } from 'vitest/config';
import LongestFirst from './test/longest-first.ts';

/** Their tests read what is given to them, and need no process of their own, nor Temporal. */
const PURE = ['test/{goals,views,workflows}/**/*.test.ts', 'test/house/!(imports).test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/**/*.test.ts'],
          exclude: PURE,
          globalSetup: ['test/scratch.ts', 'test/machine.ts', 'test/temporal.ts', 'test/bundles.ts'],
        },
      },
      // One after the other in the same processes, which load what they all test once.
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
    ],
    reporters: ['default', './test/closing-line.ts'],
    pool: 'forks',
    // Many tests wait for Temporal's timers, not for a core; with more of them at once, what is timed would be late.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Nothing in the home of whoever runs it leads a test to another Temporal; test/scratch.ts says where all is that tests write.
    env: { TEMPORAL_CONFIG_FILE: devNull },
    // They end what hangs, and are no measure of what is quick: on a busy machine all takes several times as long.
    expect: { poll: { timeout: 120_000, interval: 200 } },
    testTimeout: 400_000,
    hookTimeout: 400_000,
    // What the last test started may take its time to end.
    teardownTimeout: 60_000,
  },
});
