import { jobVariables } from '../../goals/wire/names.ts';
import type { JobContext } from '../bind.ts';

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
