// The environment variables of a job that is a program: never those of the worker.

import { jobVariables } from '../../../goals/wire/names.ts';
import type { JobContext } from '../../bind.ts';

/** Where programs are found: all that a job has of the worker's own environment. */
export const searchPath = (): string => process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin';

/** What is wrong with an environment that a binding names; null when nothing is. */
export function environmentProblem(env: Readonly<Record<string, string>> = {}): string | null {
  const reserved = Object.keys(env).filter(
    (name) => name.startsWith('GOALKEEPER_') || !/^[^=\0]+$/.test(name),
  );
  const isText = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0');
  const wrong = [
    reserved.length > 0 ? `env may not set ${reserved.join(', ')}` : null,
    Object.values(env).every(isText) ? null : 'env holds a value that is not a text',
  ].filter((what) => what !== null);
  return wrong.length === 0 ? null : wrong.join('; ');
}

/** What a program is told of the attempt that it is. A checkpoint is small enough for a variable, as it is for a heartbeat. */
export function jobEnvironment(context: JobContext, outputFd: 1 | 3): Record<string, string> {
  const { lastCheckpoint, deadline } = context;
  return {
    [jobVariables.attempt]: String(context.attempt),
    [jobVariables.idempotencyKey]: context.idempotencyKey,
    [jobVariables.goal]: context.goal,
    [jobVariables.run]: context.run,
    [jobVariables.step]: context.step,
    [jobVariables.remainingMs]: String(Math.floor(context.remainingMs)),
    [jobVariables.outputFd]: String(outputFd),
    ...(deadline === null ? {} : { [jobVariables.deadline]: deadline.toISOString() }),
    ...(lastCheckpoint === undefined ? {} : { [jobVariables.checkpoint]: JSON.stringify(lastCheckpoint) }),
  };
}
