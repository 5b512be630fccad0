// The typed client of a gateway, for services, scripts and browsers: `import { createClient } from 'goalkeeper/client'`.

export {
  type ApprovalDecision,
  type AuditFilter,
  type BackfillRequest,
  type BulkActRequest,
  type Client,
  createClient,
  type GoalClients,
  type PartitionsFilter,
  type RecordFilter,
  type RetractionRecovery,
  type TroubleRecovery,
} from './create-client.ts';
export type {
  Act,
  GoalClient,
  KeysFilter,
  LineageFilter,
  MaybePending,
  ReasonedAct,
  StartOptions,
} from './goal-client.ts';
export type { AnswerPage, Listing } from './listing.ts';
export type { LogOptions } from './log-lines.ts';
export { GoalkeeperProblem, GoalkeeperUnreachable } from './problem.ts';
export type { GoalShape, RunOf } from './run-of.ts';
export type {
  NoteText,
  OfExecution,
  PageFilter,
  ResumeOptions,
  Retract,
  RunsClient,
  RunsFilter,
  TagChange,
} from './runs-client.ts';
export type { CallOptions, ClientOptions } from './send.ts';
export type { Span } from './span.ts';
export type { WatchOptions } from './watch.ts';
