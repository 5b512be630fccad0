// How quick a team's unit tests are: `simulate` of a goal of three steps, in a process that does nothing else.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Result, Work } from './work.ts';

const run = promisify(execFile);
const SIMULATIONS = fileURLToPath(new URL('./simulations.ts', import.meta.url));

/** What the process prints. */
export interface Simulations {
  /** The first run in a process, whose code V8 has not compiled. */
  coldMs: number;
  perSecond: number;
}

export const simulated: Work = async () => {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', SIMULATIONS]);
  const { coldMs, perSecond } = JSON.parse(stdout) as Simulations;
  const row = (variant: string, value: number, unit: string, wanted: Result['wanted']): Result => ({
    ...{ work: 'simulate of three steps', variant, value, unit, ratio: null, against: '', wanted },
  });
  return [row('cold', coldMs, 'ms', { most: 50 }), row('one by one', perSecond, 'runs/s', { least: 1_000 })];
};
