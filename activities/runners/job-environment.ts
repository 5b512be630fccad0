import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jobVariables } from '../../goals/wire/names.ts';
import type { JobContext } from '../bind.ts';

/** A longer checkpoint is given in a file: an environment variable holds no more than 128 KiB. */
const VARIABLE_BYTES = 32 * 1024;

export interface Given {
  variables: Record<string, string>;
  /** The file of the checkpoint, when there is one. */
  file: string | null;
  /** Takes the file away again. */
  forget(): Promise<void>;
}

/** What a program is told of the attempt that it is: environment variables, and for a long checkpoint a file. */
export async function givenTo(context: JobContext, outputFd: 1 | 3): Promise<Given> {
  const { lastCheckpoint, deadline } = context;
  const variables: Record<string, string> = {
    [jobVariables.attempt]: String(context.attempt),
    [jobVariables.idempotencyKey]: context.idempotencyKey,
    [jobVariables.goal]: context.goal,
    [jobVariables.run]: context.run,
    [jobVariables.step]: context.step,
    [jobVariables.remainingMs]: String(Math.floor(context.remainingMs)),
    [jobVariables.outputFd]: String(outputFd),
    ...(deadline === null ? {} : { [jobVariables.deadline]: deadline.toISOString() }),
  };
  const nothing = { file: null, forget: async () => undefined };
  if (lastCheckpoint === undefined) return { variables, ...nothing };
  const text = JSON.stringify(lastCheckpoint);
  if (Buffer.byteLength(text) <= VARIABLE_BYTES)
    return { variables: { ...variables, [jobVariables.checkpoint]: text }, ...nothing };
  const folder = await mkdtemp(join(tmpdir(), 'goalkeeper-'));
  const file = join(folder, 'checkpoint.json');
  await writeFile(file, text, { mode: 0o600 });
  return {
    variables: { ...variables, [jobVariables.checkpointFile]: file },
    file,
    forget: () => rm(folder, { recursive: true, force: true }),
  };
}
