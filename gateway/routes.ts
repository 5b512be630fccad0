// Every route of the gateway: a new one is a file of its own, and its name here.

import { acceptRun, acknowledgeAlert, listAlerts, muteGoal, showAlert, unmuteGoal } from './alert-routes.ts';
import { askMcp } from './assistants/mcp-route.ts';
import { showResource } from './assistants/resource-route.ts';
import { listAudit, streamAudit } from './audit/audit-routes.ts';
import { showCriterion } from './catalogue/criterion-route.ts';
import { listGoals, showGoal } from './catalogue/goal-routes.ts';
import { listKeys } from './catalogue/keys-route.ts';
import { listPools } from './catalogue/pool-routes.ts';
import { decodePayloads, encodePayloads } from './codec/codec-routes.ts';
import { listDatasets, showDataset, showPartition } from './datasets/dataset-routes.ts';
import { showGoalLineage, showRunLineage } from './datasets/lineage-routes.ts';
import { showDocs, showOpenApi } from './described/describe-routes.ts';
import { listDue } from './due/due-route.ts';
import { deleteRun } from './forget/delete-routes.ts';
import { deleteSubject } from './forget/subject-routes.ts';
import { readMetrics, showHealth, showReadiness } from './health-routes.ts';
import type { Route } from './http/route.ts';
import { showProblem } from './problem-route.ts';
import {
  cancelRecovery,
  listRecoveries,
  pauseRecovery,
  recoverTrouble,
  showRecovery,
  unpauseRecovery,
} from './recoveries/recovery-routes.ts';
import {
  listRetractions,
  recoverRetraction,
  retractRun,
  showRetraction,
} from './recoveries/retraction-routes.ts';
import type { RouteDeps } from './route-deps.ts';
import { noteRun, tagRun } from './runs/annotation-routes.ts';
import { decideApproval, listApprovals } from './runs/approval-routes.ts';
import { showArtifacts } from './runs/artifacts-route.ts';
import { listAttempts } from './runs/attempt-routes.ts';
import { showAttention } from './runs/attention-route.ts';
import { cancelBulkAct, listBulkActs, showBulkAct, startBulkAct } from './runs/bulk-act-routes.ts';
import { receiveCallback } from './runs/callback-route.ts';
import { listExecutions } from './runs/execution-routes.ts';
import { listLeases, retryLease, showLease } from './runs/lease-routes.ts';
import { readRunLogs } from './runs/log-routes.ts';
import { showMap } from './runs/map-routes.ts';
import { showRecord, streamRecords } from './runs/record-routes.ts';
import { planResume, resumeRun } from './runs/resume-route.ts';
import { listRows } from './runs/rows-route.ts';
import { cancelRun, listErrors, listRunErrors, listRuns, showError, showRun } from './runs/run-routes.ts';
import { startRun } from './runs/start-route.ts';
import { beginSignIn, finishSignIn, signOut } from './sign-in-routes.ts';
import { streamRuns } from './streams/list-stream-route.ts';
import { streamRun } from './streams/run-stream-route.ts';
import {
  cancelBackfill,
  listBackfills,
  pauseBackfill,
  showBackfill,
  startBackfill,
  unpauseBackfill,
} from './triggers/backfill-routes.ts';
import { receiveEvents, receiveWebhook } from './triggers/event-routes.ts';
import { pauseGoal, unpauseGoal } from './triggers/pause-routes.ts';
import {
  listSchedules,
  pauseSchedule,
  showSchedule,
  triggerSchedule,
  unpauseSchedule,
} from './triggers/schedule-routes.ts';

/** By name, which is a verb; in the order of the reference. */
export const routes = {
  ...{ listGoals, showGoal, showCriterion, listKeys, startRun, pauseGoal, unpauseGoal, muteGoal, unmuteGoal },
  showAttention,
  ...{
    listRuns,
    listRows,
    streamRuns,
    showRun,
    streamRun,
    listRunErrors,
    listAttempts,
    listExecutions,
    showMap,
    readRunLogs,
    showArtifacts,
    cancelRun,
    planResume,
    resumeRun,
    acceptRun,
    listErrors,
    showError,
  },
  ...{ tagRun, noteRun },
  ...{ listBulkActs, startBulkAct, showBulkAct, cancelBulkAct },
  ...{ recoverTrouble, listRecoveries, showRecovery, pauseRecovery, unpauseRecovery, cancelRecovery },
  ...{ retractRun, listRetractions, showRetraction, recoverRetraction },
  ...{ listDatasets, showDataset, showPartition, showGoalLineage, showRunLineage },
  ...{ listDue, deleteRun, deleteSubject },
  ...{ listApprovals, decideApproval, showRecord, streamRecords },
  ...{ listLeases, showLease, retryLease, listPools },
  ...{ listSchedules, showSchedule, pauseSchedule, unpauseSchedule, triggerSchedule },
  ...{ listBackfills, startBackfill, showBackfill, pauseBackfill, unpauseBackfill, cancelBackfill },
  ...{ listAlerts, showAlert, acknowledgeAlert },
  ...{ receiveEvents, receiveWebhook, receiveCallback },
  ...{ readMetrics, showHealth, showReadiness, showProblem, showOpenApi, showDocs, askMcp, showResource },
  ...{ listAudit, streamAudit },
  ...{ decodePayloads, encodePayloads },
  ...{ beginSignIn, finishSignIn, signOut },
} satisfies Record<string, Route<RouteDeps>>;
