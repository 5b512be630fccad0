// Whether a service is healthy, by the very check that docker-compose.yml has for it.

import { connect } from 'node:net';
import { delimiter } from 'node:path';
import { runCommand } from '../local/child-process.ts';
import { environmentOf, type Toolbox } from './images.ts';
import type { Started } from './started.ts';

const POLL_MS = 200;
const CHECK_MS = 10_000;

/** Resolves once its check passes, or at once when it has none. Throws what the last check said. */
export async function healthy(
  one: Started,
  here: (text: string) => string,
  options: { tools: Toolbox; withinMs: number; signal: AbortSignal },
): Promise<void> {
  const { test } = one.service.healthcheck ?? {};
  if (test === undefined) return;
  for (const until = Date.now() + options.withinMs; ; ) {
    try {
      return await check(test.slice(1).map(here), one, here, options);
    } catch (error) {
      if (options.signal.aborted) return;
      if (Date.now() > until)
        throw new Error(`${one.name} does not become healthy: ${(error as Error).message}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

async function check(
  [program, ...args]: string[],
  one: Started,
  here: (text: string) => string,
  { tools }: { tools: Toolbox },
): Promise<void> {
  // Alpine has it in the server's image; this machine need not.
  if (program === 'nc') return accepts(args.at(-2) as string, Number(args.at(-1)));
  const env = environmentOf(one, here);
  await runCommand(program === 'node' ? process.execPath : (program as string), args, {
    env: { ...env, PATH: [tools.postgres, env.PATH].join(delimiter) },
    limitMs: CHECK_MS,
  });
}

const accepts = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: CHECK_MS });
    const end = (error?: Error) => {
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    socket.once('connect', () => end());
    socket.once('error', end);
    socket.once('timeout', () => end(new Error(`${host}:${port} does not answer`)));
  });
