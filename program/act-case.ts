// What `goalkeeper conform` asks of a program, so that it sees how the program as a whole answers.

import { setTimeout as delay } from 'node:timers/promises';
import { toldError } from '../goals/index.ts';
import { type ErrorClass, errorClasses } from '../goals/wire/ledger.ts';
import type { ProgramContext } from './program-context.ts';

export async function actCase(name: string, input: unknown, context: ProgramContext): Promise<unknown> {
  const { attempt, idempotencyKey, lastCheckpoint, signal } = context;
  if ((errorClasses as readonly string[]).includes(name))
    throw toldError({
      code: `conform_${name}`,
      message: `told to fail as ${name}`,
      class: name as ErrorClass,
    });
  switch (name) {
    case 'retry-after':
      throw toldError({
        code: 'conform_retry_after',
        message: 'told to ask for time',
        class: 'transient',
        retryAfter: 7,
      });
    case 'context':
      return { attempt, idempotencyKey, lastCheckpoint };
    case 'progress':
      context.progress(1, 2, 'half of it');
      context.checkpoint({ row: 1 });
      break;
    case 'bad-output':
      return () => 'no JSON';
    case 'megabytes':
      return 'x'.repeat(60_000_000);
    case 'crash':
      process.kill(process.pid, 'SIGKILL');
      break;
    case 'cancel':
      context.progress(0, null, 'ready');
      await delay(3_600_000, undefined, { signal });
      break;
    case 'hang':
      context.progress(0, null, 'ready');
      await delay(3_600_000);
  }
  return { conform: input };
}
