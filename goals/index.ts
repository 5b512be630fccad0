// The language in which a team declares its goals. Pure: it runs in the workflow sandbox and everywhere else.

export { type CalendarField, type CalendarTimes, calendar } from './cron.ts';
export { Dataset, type Piece, type Scale } from './dataset.ts';
export type { Duration } from './duration.ts';
export { type EventOptions, type EventTrigger, event } from './event.ts';
export { type ForeignGoal, type ForeignGoalDeclaration, foreignGoal } from './foreign-goal.ts';
export { type Goal, type GoalDeclaration, goal, type NeededGoal, type Verdict } from './goal.ts';
export { type Job, type JobDeclaration, job } from './job.ts';
export { type JobError, permanent, retryAfter, toldError, transient } from './job-error.ts';
export { achieved, failed, late, type OutcomeOptions, type OutcomeTrigger } from './outcome-trigger.ts';
export type { PersistenceDeclaration, RetryDeclaration } from './policy.ts';
export { type Pool, type PoolDeclaration, pool } from './pool.ts';
export type {
  Approval,
  ApproveOptions,
  AskOptions,
  CleanupOptions,
  Lease,
  LostItem,
  MapOptions,
  Mapped,
  Pursuit,
  RunOptions,
  Tolerance,
} from './pursuit.ts';
export { dateIn, every, type Schedule, type ScheduleOptions, schedule } from './schedule.ts';
export type { Standing, StandingDeclaration } from './standing.ts';
export { StepFailed } from './step-failed.ts';
export type { Trigger } from './trigger.ts';
export type { Fairness, Priority } from './wire/priority.ts';
