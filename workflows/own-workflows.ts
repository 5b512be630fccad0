// goalkeeper's own workflows, by their types. Every other type is a goal's name.

import type { Goal } from '../goals/index.ts';
import type { BulkActStart } from '../goals/wire/bulk-act.ts';
import type { DatasetBook } from '../goals/wire/datasets.ts';
import type { DeletionTerms } from '../goals/wire/deletion.ts';
import type { BatchState } from '../goals/wire/event-batch.ts';
import type { PacerState } from '../goals/wire/event-pace.ts';
import {
  ALERTS,
  BACKFILL,
  BULK_ACT,
  CATALOGUE_ENTRY,
  DATASET_BOOK,
  DELETION,
  EVENT_BATCH,
  EVENT_PACER,
  KEEP_RECORDS,
  KEEP_STANDING,
  LEASE,
  LIGHT_HOST,
  MAILBOX,
  MAP_SHARD,
  OUTCOME_LISTENER,
  POOL,
  RECOVERY,
  REQUEST,
  RETRACTION,
  SCHEDULED,
} from '../goals/wire/names.ts';
import type { ListeningPosition } from '../goals/wire/outcomes.ts';
import type { Pause } from '../goals/wire/pause.ts';
import type { Publication } from '../goals/wire/publication.ts';
import type { SweepState } from '../goals/wire/record-sweep.ts';
import type { RecoveryStart, RecoveryState } from '../goals/wire/recovery.ts';
import type { RetractionStart, RetractionState } from '../goals/wire/retraction.ts';
import type { StandingTerms, Watch } from '../goals/wire/standing.ts';
import type { MailboxState } from '../goals/wire/waits.ts';
import { alerts } from './alerts/alerts.ts';
import type { AlertsState } from './alerts/alerts-state.ts';
import { bulkAct } from './bulk-act.ts';
import { catalogueEntry } from './catalogue-entry.ts';
import { datasetBook } from './dataset-book.ts';
import { deletion } from './deletion.ts';
import { keepRecords } from './keep-records.ts';
import { lightHost } from './light/light-host.ts';
import { mapShard } from './maps/map-shard.ts';
import type { PermitsState } from './pools/permits.ts';
import { semaphore } from './pools/semaphore.ts';
import { recovery } from './recovery.ts';
import { retraction } from './retraction.ts';
import { lease } from './run/lease.ts';
import { backfill } from './triggers/backfill.ts';
import { eventBatch } from './triggers/event-batch.ts';
import { eventPacer } from './triggers/event-pacer.ts';
import { keepStanding } from './triggers/keep-standing.ts';
import { mailbox } from './triggers/mailbox.ts';
import { outcomeListener } from './triggers/outcome-listener.ts';
import { scheduled } from './triggers/scheduled.ts';

/** Begins a workflow. Not async: each promise more costs every run. */
export type Entry = (goals: readonly Goal[], input: unknown, second: unknown) => Promise<unknown>;

const entries: Record<string, Entry> = {
  [CATALOGUE_ENTRY]: (_, input, pause) =>
    catalogueEntry(input as Publication, (pause as Pause | undefined) ?? null),
  [ALERTS]: (_, input) => alerts(input as AlertsState | null),
  [KEEP_RECORDS]: (_, input) => keepRecords(input as SweepState),
  [OUTCOME_LISTENER]: (_, input) => outcomeListener(input as ListeningPosition | null),
  [KEEP_STANDING]: (goals, input, watch) =>
    keepStanding(input as StandingTerms, watch as Watch | undefined, goals),
  [LEASE]: (_, input) => lease(input),
  [LIGHT_HOST]: lightHost,
  [REQUEST]: () => Promise.resolve(),
  [EVENT_BATCH]: (_, input) => eventBatch(input as BatchState),
  [EVENT_PACER]: (_, input) => eventPacer(input as PacerState),
  [MAILBOX]: (_, input) => mailbox(input as MailboxState),
  [MAP_SHARD]: mapShard,
  [POOL]: (_, input) => semaphore(input as string | PermitsState),
  [SCHEDULED]: scheduled,
  [BACKFILL]: backfill,
  [BULK_ACT]: (_, input) => bulkAct(input as BulkActStart),
  [DATASET_BOOK]: (_, input) => datasetBook(input as DatasetBook),
  [RECOVERY]: (_, input, before) => recovery(input as RecoveryStart, before as RecoveryState | undefined),
  [RETRACTION]: (_, input, before) =>
    retraction(input as RetractionStart, before as RetractionState | undefined),
  [DELETION]: (_, input) => deletion(input as DeletionTerms),
};

/** Undefined for the name of a goal, which may be `constructor`. */
export const ownWorkflow = (type: string): Entry | undefined =>
  Object.hasOwn(entries, type) ? entries[type] : undefined;
