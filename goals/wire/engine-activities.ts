// The activities of the engine, by their wire names: what a workflow gives each, and what it answers. Workflows call them
// by this interface, and the workers' are checked against it.

import type { Delivery, Notice, SweepRequest, SweepResult } from './alerts.ts';
import type { SeenRun } from './backfill.ts';
import type { FoundGoal, SoughtGoal } from './between-goals.ts';
import type { ActedOn, ActOnRun } from './bulk-act.ts';
import type { FoundRun } from './call.ts';
import type { FoundPartition, Made, SoughtPartition } from './datasets.ts';
import type { DeletionTerms, Forgotten } from './deletion.ts';
import type { Ledger } from './ledger.ts';
import type { LightPast, LightPastRequest } from './light.ts';
import type { FailingItems } from './map.ts';
import type { activityNames } from './names.ts';
import type { ListeningPosition } from './outcomes.ts';
import type { PastRequest } from './past-criteria.ts';
import type { PauseRunsRequest } from './pause.ts';
import type { PermitRequest, PoolMarker, Release } from './pools.ts';
import type { SweepState } from './record-sweep.ts';
import type { AwaitedRecovery, RecoveredEnd, Recovering, RecoverRun } from './recovery.ts';
import type { KeptPage, KeptRequest, Taken } from './resume.ts';
import type { FoundUsers, MarkRuns, NotifyOwners, SoughtUsers } from './retraction.ts';
import type { AskedTimes, AwaitedEnd, ScheduleTimes } from './schedules.ts';
import type { LastAchieved, LookedFor } from './standing.ts';
import type { AskedRun, StartedRun } from './start.ts';
import type { Noted } from './stored.ts';
import type { AskedMail } from './waits.ts';

/** On a team's queue: of runs, and of what starts them. */
export interface TeamActivities {
  [activityNames.pendingLedgers](): Promise<Record<string, Ledger>>;
  [activityNames.failingItems](): Promise<FailingItems>;
  /** `execution` where it is that very one and no later. */
  [activityNames.findRun](id: string, waitMs?: number, execution?: string): Promise<FoundRun>;
  [activityNames.findGoal](sought: SoughtGoal): Promise<FoundGoal>;
  [activityNames.lastAchieved](lookedFor: LookedFor): Promise<LastAchieved>;
  [activityNames.startRun](asked: AskedRun): Promise<StartedRun>;
  [activityNames.awaitRun](id: string, execution: string): Promise<AwaitedEnd>;
  [activityNames.cancelRun](id: string, execution: string): Promise<void>;
  [activityNames.lookAtRuns](ids: readonly string[]): Promise<SeenRun[]>;
  [activityNames.scheduleTimes](asked: AskedTimes): Promise<ScheduleTimes>;
  [activityNames.isHeld](goal: string): Promise<boolean>;
  /** The latest first, by criterion. */
  [activityNames.pastOfCriteria](request: PastRequest): Promise<Record<string, number[]>>;
  [activityNames.lightPast](request: LightPastRequest): Promise<LightPast>;
  [activityNames.keptResults](request: KeptRequest): Promise<KeptPage>;
  [activityNames.keptSteps](taken: Taken): Promise<Taken>;
  [activityNames.note](noted: Noted): Promise<Noted>;
  [activityNames.reportProduced](made: readonly Made[]): Promise<void>;
  [activityNames.usePartition](sought: SoughtPartition): Promise<FoundPartition>;
  [activityNames.awaitEvent](asked: AskedMail): Promise<void>;
  [activityNames.askForPermit](request: PermitRequest): Promise<PoolMarker>;
  /** `gone`: its step ended while it waited for the permit. */
  [activityNames.releasePermit](release: Release, gone: boolean): Promise<PoolMarker>;
}

/** On goalkeeper's own queue. */
export interface SystemActivities extends Pick<TeamActivities, typeof activityNames.startRun> {
  /** Those of them that have ended, by their executions. */
  [activityNames.endedRuns](runs: readonly { run: string; execution: string }[]): Promise<string[]>;
  [activityNames.actOnRun](asked: ActOnRun): Promise<ActedOn>;
  [activityNames.findUsers](sought: SoughtUsers): Promise<FoundUsers>;
  [activityNames.markRuns](marks: MarkRuns): Promise<void>;
  [activityNames.notifyOwners](told: NotifyOwners): Promise<void>;
  [activityNames.recoverRun](asked: RecoverRun): Promise<Recovering>;
  [activityNames.recoveredRun](asked: AwaitedRecovery): Promise<RecoveredEnd>;
  [activityNames.holdRuns](request: PauseRunsRequest): Promise<void>;
  /** Null when nobody listens. */
  [activityNames.hearOutcomes](hearing: ListeningPosition): Promise<ListeningPosition | null>;
}

/** On both: the alerts workflow asks the queue that has the sink. */
export interface AlertActivities {
  [activityNames.deliverAlert](delivery: Delivery): Promise<void>;
  [activityNames.sweepRuns](request: SweepRequest): Promise<SweepResult>;
}

/** On a team's queue: gives a run's notice to the alerts workflow. */
export interface NoticeActivities {
  [activityNames.notify](notice: Notice): Promise<void>;
}

/** On the queue of a sink of records. */
export interface RecordActivities {
  [activityNames.sweepRecords](state: SweepState): Promise<SweepState>;
  [activityNames.forgetRecords](terms: DeletionTerms): Promise<Forgotten>;
}

/** Of a deletion, on goalkeeper's own queue. */
export interface ForgettingActivities {
  [activityNames.forgetHistories](terms: DeletionTerms): Promise<Forgotten>;
  [activityNames.forgetAlerts](terms: DeletionTerms): Promise<Forgotten>;
  [activityNames.forgetBooks](terms: DeletionTerms): Promise<Forgotten>;
}

/** Of a deletion, on the queue of the runs: it has their storage. */
export interface StorageActivities {
  [activityNames.forgetStored](terms: DeletionTerms): Promise<Forgotten>;
}

export interface EngineActivities
  extends TeamActivities,
    SystemActivities,
    AlertActivities,
    NoticeActivities,
    RecordActivities,
    ForgettingActivities,
    StorageActivities {}
