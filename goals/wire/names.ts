// Every name that crosses a process, and nowhere else: workflow types, signals, activities, memo fields,
// search attributes. A name here is part of recorded histories: never rename one, add another.

/** Task queue of a worker that names none. */
export const DEFAULT_TASK_QUEUE = 'goalkeeper';

/** Queue of goalkeeper's own workflows (no user code runs there); every worker polls it. */
export const SYSTEM_TASK_QUEUE = 'gk-system';

/** What is ours: no goal and no job may be called so. */
export const RESERVED_PREFIX = 'gk-';

/** Workflow type of the long-lived workflow whose memo publishes one goal. */
export const STANDING_GOAL = 'gk-standing-goal';

/** Workflow ID of a goal's standing goal. It cannot be a run's: no goal's name starts with `gk-`. */
export const standingGoalId = (goal: string): string => `gk-goal:${goal}`;

/** Workflow type of the long-lived workflow that keeps one sink of records filled. */
export const KEEP_RECORDS = 'gk-keep-records';

/** Workflow ID of the keeper of a sink, and the task queue of those workers that have that sink. */
export const recordsKeeperId = (sink: string, name: string | null): string =>
  `gk-records:${sink}${name === null ? '' : `:${name}`}`;

/** Workflow type of what remembers an Idempotency-Key: it ends at once, and is kept as long as Temporal keeps what has ended. */
export const REQUEST = 'gk-request';

/** Workflow ID of the record of an Idempotency-Key, given by its digest. */
export const requestRecordId = (digest: string): string => `gk-request:${digest}`;

/** Workflow type of the one workflow of a namespace that tells people. */
export const ALERTS = 'gk-alerts';

/** Its workflow ID, where no other is configured. */
export const ALERTS_ID = 'gk-alerts';

/** Workflow type, and ID, of the one workflow of a namespace that starts goals by the outcomes of others. */
export const HEAR_OUTCOMES = 'gk-hear-outcomes';

/** Workflow type of the watcher of a goal's standing outcome; it runs on the queue of the goal. */
export const KEEP_STANDING = 'gk-keep-standing';

/** Workflow ID of such a watcher. */
export const standingId = (goal: string): string => `gk-standing:${goal}`;

/** Whether it is the ID of one. */
export const isStandingId = (id: string): boolean => id.startsWith('gk-standing:');

/** Workflow type of a lease: what tears down what a run created, whatever became of the run. */
export const LEASE = 'gk-lease';

/** Workflow type of a shard: some of the items of a map that has more than one history holds well. */
export const MAP_SHARD = 'gk-map-shard';

/** Workflow ID of the nth shard of a run's map. */
export const mapShardId = (run: string, map: string, n: number): string =>
  `gk-map:${run}:${map.slice(map.lastIndexOf('#') + 1)}.${n}`;

/** Workflow type of the long-lived workflow that keeps one pool's limits. */
export const POOL = 'gk-pool';

/** Queue of a team's jobs of a pool with a rate: Temporal lets no more of them begin, however many permits are out. */
export const poolQueue = (taskQueue: string, pool: string): string => `${taskQueue}.pool.${pool}`;

/** Workflow ID of a pool's semaphore. */
export const poolId = (pool: string): string => `gk-pool:${pool}`;

/** Between runs and the semaphores of their pools. */
export const poolSignals = {
  ask: 'gk-ask-permit',
  release: 'gk-release-permit',
  /** Of a run: a permit is granted to it (`Grant`). */
  permit: 'gk-permit',
} as const;

/** Workflow type of what a schedule starts at each of its times: it starts the run, and stays open as long as that. */
export const SCHEDULED = 'gk-scheduled';

/** ID of the schedule of a goal in Temporal. */
export const scheduleId = (goal: string, name: string): string => `gk-schedule:${goal}:${name}`;

/** The goal and name of such an ID; null for any other. */
export const partsOfScheduleId = (id: string): { goal: string; name: string } | null => {
  const [, goal, name] = /^gk-schedule:([a-z0-9-]{1,60}):([a-z0-9-]{1,60})$/.exec(id) ?? [];
  return goal === undefined || name === undefined ? null : { goal, name };
};

/** With what the IDs of a schedule's trigger workflows begin; Temporal adds a hyphen and the time. */
export const scheduledIdPrefix = (goal: string, name: string): string => `gk-scheduled:${goal}:${name}:`;

/** Workflow type of a backfill. */
export const BACKFILL = 'gk-backfill';

/** With what the IDs of a goal's backfills begin. */
export const backfillIdPrefix = (goal: string): string => `gk-backfill:${goal}:`;

/** What a backfill is told (`Steering`). */
export const backfillSignals = {
  pause: 'gk-backfill-pause',
  unpause: 'gk-backfill-unpause',
  /** Beside Temporal's own request to cancel it: who, and why. */
  cancel: 'gk-backfill-cancel',
  /** The goal that was paused is no longer. */
  goalUnpaused: 'gk-backfill-goal-unpaused',
} as const;

/** Workflow type of what collects a goal's events into one run. */
export const EVENT_BATCH = 'gk-event-batch';

/** Its workflow ID; `terms` is a digest of which events it collects. */
export const eventBatchId = (goal: string, terms: string): string => `gk-event-batch:${goal}:${terms}`;

export const signalNames = {
  publish: 'gk-publish',
  retire: 'gk-retire',
  /** Of a standing goal: it is paused (`Pause`), or, with null, no longer. Of a run: whether it is held (`HoldSignal`). */
  pause: 'gk-pause',
  hold: 'gk-hold',
  /** Of a run: a step tells that its errors persist (`Struggle`). */
  struggling: 'gk-struggling',
  /** Of a batch: one more event (`BatchedEvent`). */
  batched: 'gk-batched',
  /** Of a lease: its resource is needed no more. */
  releaseLease: 'gk-lease-release',
  /** Of a lease that is stuck: its teardown is tried again now. */
  retryLease: 'gk-lease-retry',
  /** Of a run: how a shard of a map of it stands (`ShardTold`). */
  mapTold: 'gk-map-told',
  /** Of a run: another waits for it (`Waiting`). */
  neededBy: 'gk-needed-by',
  /** Of a run that waits for another: that one is about to close (`Waiting`, with its own ID). */
  neededCloses: 'gk-needed-closes',
  /** Of what hears outcomes: somebody listens. */
  listen: 'gk-listen',
  /** Of the watcher of a standing outcome: other terms (`StandingTerms`), or that it stands no more (its version). */
  watch: 'gk-watch',
  unwatch: 'gk-unwatch',
} as const;

export const updateNames = {
  /** Of a run: a person's decision (`DecisionRequest`), answered with a `TakenDecision`. */
  decide: 'gk-decide',
} as const;

/** What the alerts workflow is told. */
export const alertSignals = {
  announce: 'gk-alert-announce',
  notice: 'gk-alert-notice',
  acknowledge: 'gk-alert-acknowledge',
  mute: 'gk-alert-mute',
  accept: 'gk-alert-accept',
} as const;

export const activityNames = {
  pendingLedgers: 'gk-pending-ledgers',
  /** Of a shard (`FailingItems`). */
  failingItems: 'gk-failing-items',
  findRun: 'gk-find-run',
  /** Of a run: a goal of another module (`SoughtGoal`, `FoundGoal`). */
  findGoal: 'gk-find-goal',
  /** Starts or joins the run of a goal (`AskedRun`, `StartedRun`). */
  startRun: 'gk-start-run',
  /** Of what starts runs: ends with the run (`EndedRun`). */
  awaitRun: 'gk-await-run',
  cancelRun: 'gk-cancel-run',
  /** How the latest executions stand of runs with these IDs (`SeenRun`). */
  lookAtRuns: 'gk-look-at-runs',
  scheduleTimes: 'gk-schedule-times',
  /** Of a standing goal: tells runs whether they are held (`HoldRequest`). */
  holdRuns: 'gk-hold-runs',
  /** Of a run that is held: whether it still is. */
  isHeld: 'gk-is-held',
  hearOutcomes: 'gk-hear-outcomes',
  /** Of the watcher of a standing outcome. */
  lastAchieved: 'gk-last-achieved',
  keptResults: 'gk-kept-results',
  keptSteps: 'gk-kept-steps',
  /** Writes into a run's history what would lie outside of it with a large result (`Noted`). */
  note: 'gk-note',
  /** Of a run: gives its notice to the alerts workflow. */
  notify: 'gk-notify',
  /** Of a run: asks its pool's semaphore, and gives back. */
  askForPermit: 'gk-ask-for-permit',
  releasePermit: 'gk-release-permit',
  /** Of a pool's semaphore. */
  endedRuns: 'gk-ended-runs',
  /** Of the alerts workflow. */
  deliverAlert: 'gk-deliver-alert',
  sweepRuns: 'gk-sweep-runs',
  sweepRecords: 'gk-sweep-records',
} as const;

export const memoNames = {
  /** Of a standing goal: its `Publication`. */
  publication: 'gkGoal',
  /** Of a standing goal: its `Pause`, while it is paused. */
  paused: 'gkPaused',
  /** Of a run: the identity of the request that started it, where that had one. */
  request: 'gkRequest',
  /** Of a run: its execution before this one, where it was looked at before this one was started. */
  before: 'gkBefore',
  /** Of the record of an Idempotency-Key: digest of the body that came with it. */
  body: 'gkBody',
  /** Of a run: the key as the input gave it, before it was made safe for an ID. */
  key: 'gkKey',
  /** Of a run: digest of the canonical input, so that one key with two inputs is noticed. */
  input: 'gkInput',
  /** Of a run: who or what triggered it (`Why`). */
  why: 'gkWhy',
  /** Of a run whose input the goal's code could not make: what it fails with (`RunFault`). */
  fault: 'gkFault',
  /** Of a run whose goal declares them: its `usual` and `expected` durations, and its `deadline`, in milliseconds. */
  pace: 'gkPace',
  /** Of a run started by another: the step of that run which needs it. */
  step: 'gkStep',
  /** Of a run whose workflow makes a step's attempts itself: the step that came to struggle last (`Struggle`). */
  struggle: 'gkStruggle',
  /** Of such a run: the step that gave up last, and why (`GaveUp`). */
  gaveUp: 'gkGaveUp',
  /** Of the watcher of a standing outcome: its `StandingMemo`. */
  standing: 'gkStanding',
  /** Of a lease: its `LeaseMemo`. */
  lease: 'gkLease',
  /** Of the alerts workflow: its `AlertsMemo`, in parts. */
  alerts: 'gkAlerts',
  mutes: 'gkMutes',
  /** Of the same: runs that are stuck (`StuckRun`). */
  stuck: 'gkStuck',
  accepted: 'gkAccepted',
  /** Of a trigger workflow: its `TriggerMemo`. */
  trigger: 'gkTrigger',
  /** Of a backfill: its `BackfillTerms`, and its `BackfillMemo`. */
  backfillTerms: 'gkBackfillTerms',
  backfill: 'gkBackfill',
  /** Of a backfill: digest of what was asked for. */
  asked: 'gkAskedFor',
  /** Of a pool's semaphore: its `PoolMemo`. */
  pool: 'gkPool',
} as const;

/** Memo field of a run in which a step of it, named by its path, says what it asks of a person (`Asked`). */
export const askedMemo = (step: string): string => `gkAsked:${step}`;

/** The step of such a memo field; null for any other. */
export const stepOfMemo = (field: string): string | null => /^gkAsked:(.+)$/.exec(field)?.[1] ?? null;

/** Search attributes of runs. Registered by the worker's set-up. A clean run has only an owner and a team. */
export const searchAttributes = {
  owner: 'GkOwner',
  team: 'GkTeam',
  /**
   * `struggling` while an error persists, else `waiting` while a person is; then what its view's `state` says. Of a
   * lease: its `LeaseState`.
   */
  state: 'GkState',
  /** Fingerprints of its errors, and of its first cause: at most FINGERPRINTS_LIMIT. */
  fingerprints: 'GkFingerprints',
  /** Fingerprint of what ended it. */
  cause: 'GkCause',
} as const;

export const searchAttributeTypes = {
  GkOwner: 'KEYWORD',
  GkTeam: 'KEYWORD',
  GkState: 'KEYWORD',
  GkFingerprints: 'KEYWORD_LIST',
  GkCause: 'KEYWORD',
} as const satisfies Record<(typeof searchAttributes)[keyof typeof searchAttributes], string>;

/** So many fingerprints of a run can be searched for. */
export const FINGERPRINTS_LIMIT = 16;

/** The digest had 64 characters before it was cut short: it is in every task of every history. */
const BUILD = /^goalkeeper\+([0-9a-f]{24}|[0-9a-f]{64})$/;

/** Build ID of a worker, which the engine writes into every history: it holds the digest of the workflow code. */
export const buildIdOf = (code: string): string => `goalkeeper+${code}`;

/** The digest in a build ID; null for another worker's. */
export const codeOfBuild = (buildId: string | null | undefined): string | null =>
  BUILD.exec(buildId ?? '')?.[1] ?? null;

/** Summary of the timer that is a run's deadline; no step can have it, as a step's path ends in `#n`. */
export const DEADLINE_TIMER = 'deadline';

/** Summaries of timers that are the engine's own waiting, not a step: between two looks at a shared run. */
export const ATTACH_TIMER = 'waiting for a run that was already under way';

/** Until the errors of a run put it at risk, and until it is late. */
export const RISK_TIMER = 'at risk';
export const LATE_TIMER = 'late';

/** Summary of the timer at whose end a step no longer waits for a person. */
export const expiryTimer = (step: string): string => `${step} expires`;

/** The step of such a timer; null for any other. */
export const stepOfExpiry = (summary: string): string | null =>
  /^(.+#\d+) expires$/.exec(summary)?.[1] ?? null;

/** The run's own timer ends it at its deadline; the server's limit on a step, so much later, is only the backstop. */
export const DEADLINE_MARGIN_MS = 60_000;

/** Summary of the timer after which the errors of a step persist, where the workflow makes its attempts itself. */
export const PERSISTS_TIMER = 'errors that last until then persist';

/** The same, between two tries to begin a lease whose resource is still being torn down. */
export const LEASE_TIMER = 'waiting for an earlier teardown of the same resource';

/**
 * Largest value that is handed to the gateway or by a worker in another language, in bytes of JSON: well under what the
 * engine refuses (2 MB). Between a worker's own jobs and goals it is LARGEST_BYTES.
 */
export const PAYLOAD_BYTES = 1024 * 1024;

/** Environment variables by which a command knows what it does: see docs/reference/job-contract.md. */
export const jobVariables = {
  attempt: 'GOALKEEPER_ATTEMPT',
  idempotencyKey: 'GOALKEEPER_IDEMPOTENCY_KEY',
  goal: 'GOALKEEPER_GOAL',
  run: 'GOALKEEPER_RUN',
  step: 'GOALKEEPER_STEP',
  deadline: 'GOALKEEPER_DEADLINE',
  remainingMs: 'GOALKEEPER_REMAINING_MS',
  /** The last checkpoint, as JSON; not set when there is none. */
  checkpoint: 'GOALKEEPER_CHECKPOINT',
  /** File descriptor to write the output to. */
  outputFd: 'GOALKEEPER_OUTPUT_FD',
  /** Marks what a command started. Whoever clears it, and leaves the process group, outlives the attempt. */
  mark: 'GOALKEEPER_PROCESS',
  /** Set by `goalkeeper conform`: which case to act. */
  conform: 'GOALKEEPER_CONFORM',
} as const;
