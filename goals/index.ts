// The language in which a team declares its goals. Pure: it runs in the workflow sandbox and everywhere else.

export type { Artifacts } from './artifacts.ts';
export type { ByClockDeclaration } from './by-clock.ts';
export { type CalendarField, type CalendarTimes, calendar } from './cron.ts';
export { Dataset, type Piece, type Scale } from './dataset.ts';
export { type DatasetTrigger, type UpdatedOptions, updated } from './dataset-trigger.ts';
export type { Duration } from './duration.ts';
export { type EventOptions, type EventTrigger, event } from './event.ts';
export type { KeyPartDeclaration, KeyPeriods, KeysDeclaration } from './expected-keys.ts';
export { type ForeignGoal, type ForeignGoalDeclaration, foreignGoal } from './foreign-goal.ts';
export {
  type Already,
  type Goal,
  type GoalDeclaration,
  goal,
  type Judge,
  type NeededGoal,
  type SevereCriterion,
  type Verdict,
} from './goal.ts';
export { type Job, type JobDeclaration, job } from './job.ts';
export {
  type JobError,
  type JobErrorOptions,
  permanent,
  retryAfter,
  toldError,
  transient,
} from './job-error.ts';
export { latestTime } from './latest-time.ts';
export type { LightDeclaration } from './light.ts';
export { type Measured, type MeasuredBounds, measured, type Within } from './measured.ts';
export { type DatasetDeclaration, dataset, type NamedDataset, type PartitionOf } from './named-dataset.ts';
export {
  achieved,
  failed,
  type ListenedGoal,
  late,
  type OutcomeOptions,
  type OutcomeTrigger,
  type TriggeringOutcome,
} from './outcome-trigger.ts';
export type { PersistenceDeclaration, RetryDeclaration } from './policy.ts';
export { type Pool, type PoolDeclaration, pool } from './pool.ts';
export type {
  AchieveEachOptions,
  Approval,
  ApproveOptions,
  AskOptions,
  CleanupOptions,
  Lease,
  LostItem,
  MapOptions,
  Mapped,
  ProducedPartition,
  Pursuit,
  ReceivedEvent,
  RunOptions,
  Tolerance,
  UsedPartition,
  WaitOptions,
} from './pursuit.ts';
export { dateIn, every, type Schedule, type ScheduleOptions, schedule } from './schedule.ts';
export { secret } from './secret-key.ts';
export type { Standing, StandingDeclaration } from './standing.ts';
export { StepFailed } from './step-failed.ts';
export type { Trigger } from './trigger.ts';
export type { UsableBy } from './wire/between-goals.ts';
export type { ByClock } from './wire/by-clock.ts';
export type { ReportedError } from './wire/error-envelope.ts';
export type { Cause, Failure, FailureKind, Thrown } from './wire/failure.ts';
export type { ErrorClass } from './wire/ledger.ts';
export type { Fairness, Priority } from './wire/priority.ts';
export type { Persistence, RetryPolicy } from './wire/publication.ts';
export type { CatchUp, Gap, Overlap, ScheduleTerms } from './wire/schedules.ts';
