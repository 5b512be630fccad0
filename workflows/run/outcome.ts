// How a run ends in Temporal: with the failure that carries what the goal's outcome is.

import { ApplicationFailure } from '@temporalio/workflow';
import { RunOutcome } from '../../goals/run-outcome.ts';
import type { RunFailureDetails } from '../../goals/wire/failure.ts';
import { patched, patches } from '../patches.ts';
import { isStrict } from '../steps/carried.ts';
import { failures } from '../steps/step-failure.ts';

export const {
  failedBeforeStart,
  failedBy,
  failedByDeadline,
  failedByFault,
  failedByInput,
  failedByUnawaited,
  judge,
  weigh,
} = new RunOutcome({
  failures,
  ended: (details: RunFailureDetails) =>
    ApplicationFailure.create({
      type: details.failure.kind,
      message: details.failure.message,
      nonRetryable: true,
      details: [details],
    }),
  isStrict,
  isStored: () => patched(patches.stored),
});
