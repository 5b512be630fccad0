// The worker's errors of a job, classified: what it throws enters the ledger as this says, without the worker's secrets.

import { type Classified, classified } from '../../goals/classified.ts';
import type { RetryPolicy } from '../../goals/wire/publication.ts';
import { redactAll } from '../redact.ts';

export {
  AttemptFault,
  inputInvalid,
  jobUnbound,
  outputInexact,
  outputInvalid,
  outputNotStored,
  outputTooLarge,
  outputUncarried,
  timedOut,
  workerStopped,
} from '../../goals/attempt-fault.ts';
export type { Classified };

/** What a job threw as an error, without what this worker keeps secret. */
export const classify = (thrown: unknown, policy: RetryPolicy): Classified =>
  classified(thrown, policy, redactAll);
