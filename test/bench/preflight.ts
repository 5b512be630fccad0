// How long the preflight of 500 open runs takes, as a pipeline calls it: a process without a cached bundle, against a server.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Preflight } from '../../activities/preflight/preflight.ts';
import { begin } from './begin.ts';
import { milliseconds, rate } from './measure.ts';
import type { Stage } from './stage.ts';
import type { Work } from './work.ts';

const run = promisify(execFile);
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const RUNS = 500;
const OPEN = "WorkflowType = 'bench-waiting' AND ExecutionStatus = 'Running' AND GkState = 'waiting'";

/** 500 runs with three steps behind them, each of which waits for a person. */
async function openRuns({ client }: Stage, start: () => Promise<unknown>): Promise<void> {
  await rate(RUNS, 50, start);
  while ((await client.workflow.count(OPEN)).count < RUNS)
    await new Promise((resolve) => setTimeout(resolve, 500));
}

export const preflight: Work = async (stage) => {
  await openRuns(stage, () => begin(stage, 'bench-waiting'));
  const cache = await mkdtemp(join(tmpdir(), 'bench-cache-'));
  const args = [
    path('../../cli/goalkeeper.js'),
    'preflight',
    path('team'),
    '--json',
    '--sample',
    String(RUNS),
  ];
  let report: Preflight | undefined;
  const ms = await milliseconds(async () => {
    const { stdout } = await run(process.execPath, args, { env: { ...stage.env, XDG_CACHE_HOME: cache } });
    report = JSON.parse(stdout) as Preflight;
  });
  await rm(cache, { recursive: true, force: true });
  const found = report?.goals.find(({ goal }) => goal === 'bench-waiting');
  if (found?.replayed !== RUNS || found.broken > 0)
    throw new Error(`the preflight did not replay ${RUNS} runs: ${JSON.stringify(found)}`);
  return [
    {
      ...{ work: `preflight of ${RUNS} open runs`, variant: 'nothing cached', value: ms / 1000, unit: 's' },
      ...{ ratio: null, against: '', wanted: { most: 15 } },
    },
  ];
};
