import { AttemptFault } from './attempt-fault.ts';

/** Largest checkpoint, in bytes of JSON: it travels with every heartbeat, beside the ledger (DESIGN 4.2). */
export const CHECKPOINT_BYTES = 16 * 1024;

/**
 * What the next attempt will be given for it: the state as JSON keeps it, and a copy, so that the job may go on changing
 * its own. Throws an `AttemptFault` for what is no JSON or too large. `undefined` forgets the last one.
 */
export function keptCheckpoint(state: unknown): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(state);
  } catch (error) {
    throw invalid(`cannot be written as JSON: ${(error as Error).message}`);
  }
  if (text === undefined && state !== undefined) throw invalid(`is a ${typeof state}, which is no JSON`);
  const bytes = Buffer.byteLength(text ?? '');
  if (bytes > CHECKPOINT_BYTES)
    throw invalid(
      `has ${bytes} bytes; ${CHECKPOINT_BYTES} at most. Keep the data elsewhere, and here where it is`,
    );
  return text === undefined ? undefined : JSON.parse(text);
}

const invalid = (what: string): AttemptFault =>
  new AttemptFault('CheckpointInvalid', `the checkpoint ${what}`, {
    code: 'checkpoint_invalid',
    class: 'data',
    permanent: true,
  });
