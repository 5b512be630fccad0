// The language in which a team declares its goals. Pure: it runs in the workflow sandbox and everywhere else.

export type { Duration } from './duration.ts';
export { type EventOptions, type EventTrigger, event } from './event.ts';
export { type Goal, type GoalDeclaration, goal, type Verdict } from './goal.ts';
export { type Job, type JobDeclaration, job } from './job.ts';
export { type JobError, permanent, retryAfter, toldError, transient } from './job-error.ts';
export type { PersistenceDeclaration, RetryDeclaration } from './policy.ts';
export { type Pool, type PoolDeclaration, pool } from './pool.ts';
export type {
  Approval,
  ApproveOptions,
  AskOptions,
  CleanupOptions,
  Lease,
  Pursuit,
  RunOptions,
} from './pursuit.ts';
export { StepFailed } from './step-failed.ts';
export type { Trigger } from './trigger.ts';
export type { Fairness, Priority } from './wire/priority.ts';
