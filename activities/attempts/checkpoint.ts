// The bounds of what a job may keep from one attempt to the next, and what JSON makes of it.

import { AttemptFault } from '../../goals/attempt-fault.ts';
import { type Inexact, saidInexact } from '../../goals/wire/text/inexact.ts';
import { saidUncarried, uncarriedIn } from '../../goals/wire/text/uncarried.ts';

/** Largest checkpoint, in bytes of JSON: it travels with every heartbeat, beside the ledger. */
export const CHECKPOINT_BYTES = 16 * 1024;

/**
 * What the next attempt will be given for it: the state as JSON keeps it, and a copy, so that the job may go on changing
 * its own. Throws an `AttemptFault` for what is no JSON or too large. `undefined` forgets the last one.
 */
export function keptCheckpoint(state: unknown): unknown {
  const uncarried = uncarriedIn(state);
  if (uncarried !== null) throw fault(saidUncarried('the checkpoint', uncarried));
  let text: string | undefined;
  try {
    text = JSON.stringify(state);
  } catch (error) {
    throw invalid(`cannot be written as JSON: ${(error as Error).message}`);
  }
  const bytes = Buffer.byteLength(text ?? '');
  if (bytes > CHECKPOINT_BYTES)
    throw invalid(
      `has ${bytes} bytes; ${CHECKPOINT_BYTES} at most. Keep the data elsewhere, and here where it is`,
    );
  return text === undefined ? undefined : JSON.parse(text);
}

const invalid = (what: string): AttemptFault => fault(`the checkpoint ${what}`);

const fault = (message: string): AttemptFault =>
  new AttemptFault('CheckpointInvalid', message, {
    code: 'checkpoint_invalid',
    class: 'data',
    permanent: true,
  });

/** Of JSON that a program wrote. */
export const checkpointInexact = ({ at, ...rest }: Inexact): AttemptFault =>
  fault(saidInexact('the checkpoint', { ...rest, at: at.slice(1) }));
