import { workflowInfo } from '@temporalio/workflow';
import { StepFailures } from '../../goals/step-failures.ts';

/** From what ends a step to the failure it would be for this run. */
export const failures = new StepFailures(() => workflowInfo().workflowId);

export const {
  causeOf,
  causeWithoutAttempt,
  jobFailure,
  givenUp,
  outOfTime,
  inputFailure,
  uncarriedFailure,
  tooLarge,
  outputTooLarge,
  outputFailure,
  rejectedFailure,
  expiredFailure,
  eventFailure,
  engineFailure,
  unreadable,
  dependencyFailure,
  partitionFailure,
  cancelledFailure,
  neededOutput,
} = failures;
