// Enumerations of Temporal's protocol (temporal.api.enums.v1) by number, as its answers have them: each object is named as its
// enumeration is. Here because all folders read such answers, and most may take of the protocol nothing but its types.

export const historyEventFilterType = { CLOSE_EVENT: 2 } as const;

export const pendingActivityState = {
  SCHEDULED: 1,
  STARTED: 2,
  CANCEL_REQUESTED: 3,
  PAUSE_REQUESTED: 5,
} as const;

export const pendingWorkflowTaskState = { SCHEDULED: 1, STARTED: 2 } as const;

export const retryState = { CANCEL_REQUESTED: 7 } as const;

export const taskQueueType = { WORKFLOW: 1, ACTIVITY: 2 } as const;

export const timeoutType = { START_TO_CLOSE: 1, SCHEDULE_TO_START: 2, HEARTBEAT: 4 } as const;

export const updateWorkflowExecutionLifecycleStage = { COMPLETED: 3 } as const;

export const workerDeploymentVersionStatus = {
  INACTIVE: 1,
  CURRENT: 2,
  RAMPING: 3,
  DRAINING: 4,
  DRAINED: 5,
} as const;

export const workflowExecutionStatus = {
  RUNNING: 1,
  COMPLETED: 2,
  FAILED: 3,
  CANCELED: 4,
  TERMINATED: 5,
  CONTINUED_AS_NEW: 6,
  TIMED_OUT: 7,
} as const;

export const workflowIdConflictPolicy = { FAIL: 1, USE_EXISTING: 2, TERMINATE_EXISTING: 3 } as const;

export const workflowIdReusePolicy = {
  ALLOW_DUPLICATE: 1,
  ALLOW_DUPLICATE_FAILED_ONLY: 2,
  REJECT_DUPLICATE: 3,
} as const;

export const workflowTaskFailedCause = {
  UNHANDLED_COMMAND: 1,
  RESET_STICKY_TASK_QUEUE: 13,
  FORCE_CLOSE_COMMAND: 17,
  FAILOVER_CLOSE_COMMAND: 18,
  RESET_WORKFLOW: 20,
  NON_DETERMINISTIC_ERROR: 24,
  EXTERNAL_STORAGE_FAILURE: 38,
} as const;
