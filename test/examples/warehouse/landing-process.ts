// The landing zone as a process of its own, as the demo starts it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LANDING = fileURLToPath(new URL('../../../examples/warehouse/landing.ts', import.meta.url));

export interface Landing {
  readonly url: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

export async function startLanding(faults: 'real' | 'none'): Promise<Landing> {
  const child = spawn(process.execPath, ['--import', 'tsx', LANDING], {
    env: { ...process.env, PORT: '0', FAULTS: faults },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const died = exited.then(([code]) => {
    throw new Error(`the landing zone ended with ${code} before it was ready`);
  });
  const [message] = (await Promise.race([once(child, 'message'), died])) as [{ ready: true; url: string }];
  // Its end is expected from here on.
  died.catch(() => undefined);
  return {
    url: message.url,
    child,
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}

/** A raw file of vega-datasets. */
export const rawFile = (name: string): string =>
  join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data', name);
