// Every name that crosses a process, and nowhere else: workflow types, signals, activities, memo fields,
// search attributes. A name here is part of recorded histories: never rename one, add another.

/** Task queue of a worker that names none. */
export const DEFAULT_TASK_QUEUE = 'goalkeeper';

/** Queue of goalkeeper's own workflows (no user code runs there); every worker polls it. */
export const SYSTEM_TASK_QUEUE = 'gk-system';

/** What is ours: no goal and no job may be called so. */
export const RESERVED_PREFIX = 'gk-';

/** Workflow type of the long-lived workflow whose memo publishes one goal. */
export const CATALOGUE_ENTRY = 'gk-standing-goal';

/** Workflow ID of a goal's catalogue entry. It cannot be a run's: no goal's name starts with `gk-`. */
export const catalogueEntryId = (goal: string): string => `gk-goal:${goal}`;

/** Workflow type of the long-lived workflow that keeps one sink of records filled. */
export const KEEP_RECORDS = 'gk-keep-records';

/** Workflow ID of the keeper of a sink, and the task queue of those workers that have that sink. */
export const recordsKeeperId = (sink: string, name: string | null): string =>
  `gk-records:${sink}${name === null ? '' : `:${name}`}`;

/** Workflow type of what remembers an Idempotency-Key: it ends at once, and is kept as long as Temporal keeps what has ended. */
export const REQUEST = 'gk-request';

/** Workflow ID of the record of an Idempotency-Key, given by its digest. */
export const requestRecordId = (digest: string): string => `gk-request:${digest}`;

/** Workflow type of a part of the audit: nobody works on it, and its signals are what is kept. */
export const AUDIT = 'gk-audit';

/** The queue that they name, which nobody polls. */
export const AUDIT_QUEUE = 'gk-audit';

/** Workflow ID of the nth part of a gateway's chain. */
export const auditPartId = (chain: string, n: number): string => `gk-audit:${chain}:${n}`;

/** Workflow type of what keeps the tags and notes that a closed run got: nobody works on it, and its signals are what is kept. */
export const ANNOTATIONS = 'gk-annotations';

/** Workflow type of what finds a run by tags that it got after its start: nobody works on it, and its search attribute has all its tags. */
export const TAGGED = 'gk-tagged';

/** The queue that both name, which nobody polls. */
export const ANNOTATIONS_QUEUE = 'gk-annotations';

/** With what the workflow IDs of both begin, of all executions of a run; they end in the execution. */
export const annotationsPrefix = (run: string): string => `${ANNOTATIONS}:${run}:`;
export const taggedPrefix = (run: string): string => `${TAGGED}:${run}:`;

/** The execution of a run that such an ID ends in. */
export const executionOfTagged = (id: string): string => id.slice(id.lastIndexOf(':') + 1);

/** The run of such an ID. */
export const runOfTagged = (id: string): string => id.slice(taggedPrefix('').length - 1, id.lastIndexOf(':'));

/** Workflow type of the one workflow of a namespace that tells people. */
export const ALERTS = 'gk-alerts';

/** Its workflow ID, where no other is configured. */
export const ALERTS_ID = 'gk-alerts';

/** Workflow type, and ID, of the one workflow of a namespace that starts goals by the outcomes of others. */
export const OUTCOME_LISTENER = 'gk-hear-outcomes';

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

/** Workflow type of a deletion: what workers have to do for a run, or several, to be forgotten. */
export const DELETION = 'gk-deletion';

/** Its workflow ID, given by a digest of which runs. */
export const deletionId = (digest: string): string => `gk-deletion:${digest}`;

/** Workflow type of one act on many runs. */
export const BULK_ACT = 'gk-bulk-act';

/** Its workflow ID. */
export const bulkActId = (digest: string): string => `gk-bulk-act:${digest}`;

/** Workflow type of a host: it pursues many light runs of a goal. It runs on the queue of the goal. */
export const LIGHT_HOST = 'gk-light-host';

/** Its workflow ID, of the nth host of a goal. */
export const lightHostId = (goal: string, n: number): string => `${lightHostPrefix(goal)}${n}`;
export const lightHostPrefix = (goal: string): string => `gk-light:${goal}:`;

/** The goal of such an ID; null of another one. */
export const goalOfLightHost = (id: string): string | null =>
  /^gk-light:([^:]+):\d{1,4}$/.exec(id)?.[1] ?? null;

/** Workflow type of a recovery: runs pursued once more, after one trouble or a retraction. */
export const RECOVERY = 'gk-recovery';

/** Its workflow ID, by a digest of from what it recovers. */
export const recoveryId = (digest: string): string => `gk-recovery:${digest}`;

/** Workflow type of a retraction: it marks what used an outcome that turned out to be wrong. */
export const RETRACTION = 'gk-retraction';

/** Its workflow ID, by a digest of the execution. */
export const retractionId = (digest: string): string => `gk-retraction:${digest}`;

/** The signal by which a retraction that is under way looks once more for what used the run. */
export const LOOK_AGAIN = 'gk-retraction-look';

/** What a recovery is told (`RecoverySteering`). */
export const recoverySignals = {
  pause: 'gk-recovery-pause',
  unpause: 'gk-recovery-unpause',
  cancel: 'gk-recovery-cancel',
} as const;

/** Workflow type of what collects a goal's events into one run. */
export const EVENT_BATCH = 'gk-event-batch';

/** Its workflow ID; `terms` is a digest of which events it collects. */
export const eventBatchId = (goal: string, terms: string): string => `gk-event-batch:${goal}:${terms}`;

/** Workflow type of what debounces or throttles a goal's events of one key. */
export const EVENT_PACER = 'gk-event-pacer';

/** Its workflow ID; `terms` is a digest of which events, `key` one of what they have in common. */
export const eventPacerId = (goal: string, terms: string, key: string): string =>
  `gk-event-pacer:${goal}:${terms}:${key}`;

/** Workflow type of what keeps events for the runs of a goal that wait for them, or will. */
export const MAILBOX = 'gk-mailbox';

/** Its workflow ID; `terms` is a digest of which events it keeps, `values` one of what they have in common with a run's input. */
export const mailboxId = (goal: string, terms: string, values: string): string =>
  `gk-mailbox:${goal}:${terms}:${values}`;

/** Between the gateway, mailboxes and runs. */
export const mailSignals = {
  /** Of a mailbox: one more event (`Mail`). */
  mail: 'gk-mail',
  /** Of a mailbox: a run waits for the next one, or no longer (`Waiter`). */
  wait: 'gk-mail-wait',
  leave: 'gk-mail-leave',
  /** Of a run: an event came (`Came`). */
  came: 'gk-mail-came',
} as const;

/** Workflow type of the book of a dataset, and of each of its partitions: which versions were made, and who used them. */
export const DATASET_BOOK = 'gk-dataset';

/** Workflow ID of the book of a dataset, which has the latest versions of any partition. */
export const datasetBookId = (dataset: string): string => `gk-dataset:${dataset}`;

/** Workflow ID of the book of a partition. */
export const partitionBookId = (dataset: string, partition: string): string =>
  `gk-dataset:${dataset}:${partition}`;

/** What a book is told. */
export const datasetSignals = {
  /** A version was made (`Made`). */
  made: 'gk-dataset-made',
  /** Of a partition's: an execution uses a version (`TakenUse`). */
  used: 'gk-dataset-used',
  /** Executions were deleted (`ForgottenExecutions`). */
  forget: 'gk-dataset-forget',
} as const;

export const signalNames = {
  /** Of a part of the audit: entries (`AuditEntry[]`). */
  audit: 'gk-audit-entries',
  /** Of a run, or of the workflow that keeps what a closed one got: tags or a note (`Annotation`). No workflow takes it: views read it. */
  annotate: 'gk-annotate',
  /** Of a run: what an attempt shows with it (`SentArtifacts`). No workflow takes it: views read it. */
  artifacts: 'gk-artifacts',
  publish: 'gk-publish',
  retire: 'gk-retire',
  /** Of a catalogue entry: it is paused (`Pause`), or, with null, no longer. Of a run: whether it is held (`RunPauseSignal`). */
  pause: 'gk-pause',
  hold: 'gk-hold',
  /** Of a run: a step tells that its errors persist (`Struggle`). */
  struggling: 'gk-struggling',
  /** Of a batch: one more event (`BatchedEvent`). */
  batched: 'gk-batched',
  /** Of a pacer: one more event (`PacedEvent`). */
  paced: 'gk-paced',
  /** Of a lease: its resource is needed no more. */
  releaseLease: 'gk-lease-release',
  /** Of a lease that is stuck: its teardown is tried again now. */
  retryLease: 'gk-lease-retry',
  /** Of a run: how a shard of a map of it stands (`ShardTold`). */
  mapTold: 'gk-map-told',
  /** Of a run: another waits for it (`WaitingRun`). */
  neededBy: 'gk-needed-by',
  /** Of a run that waits for another: that one is about to close (`WaitingRun`, with its own ID). */
  neededCloses: 'gk-needed-closes',
  /** Of what hears outcomes: somebody listens. */
  listen: 'gk-listen',
  /** Of the watcher of a standing outcome: other terms (`StandingTerms`), or that it stands no more (its version). */
  watch: 'gk-watch',
  unwatch: 'gk-unwatch',
  /** Of a deletion: more executions of the same runs (`DeletionTerms`). */
  deleteMore: 'gk-delete-more',
  /** Of a bulk act: it begins nothing more (who stops it, and why). */
  stopBulkAct: 'gk-bulk-act-stop',
} as const;

export const updateNames = {
  /** Of a run: a person's decision (`DecisionRequest`), answered with a `TakenDecision`. */
  decide: 'gk-decide',
  /** Of a host: runs are to be pursued (`LightRequest`), answered with a `LightResult`. */
  pursueLight: 'gk-pursue-light',
} as const;

/** What the alerts workflow is told. */
export const alertSignals = {
  announce: 'gk-alert-announce',
  notice: 'gk-alert-notice',
  acknowledge: 'gk-alert-acknowledge',
  mute: 'gk-alert-mute',
  accept: 'gk-alert-accept',
  /** Runs, and what belongs to them, were deleted: their texts go (`ForgetRuns`). */
  forget: 'gk-alert-forget',
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
  /** Of what starts runs: ends with the run (`AwaitedEnd`). */
  awaitRun: 'gk-await-run',
  cancelRun: 'gk-cancel-run',
  /** Of a bulk act: acts on one run (`ActOnRun`, `ActedOn`). */
  actOnRun: 'gk-act-on-run',
  /** Of a recovery: pursues one run once more (`RecoverRun`, `Recovering`), and waits for its end (`AwaitedRecovery`, `RecoveredEnd`). */
  recoverRun: 'gk-recover-run',
  recoveredRun: 'gk-recovered-run',
  /** Of a retraction: looks for who used an outcome (`SoughtUsers`, `FoundUsers`), marks runs (`MarkRuns`), has owners told (`NotifyOwners`). */
  findUsers: 'gk-find-users',
  markRuns: 'gk-mark-runs',
  notifyOwners: 'gk-notify-owners',
  /** How the latest executions stand of runs with these IDs (`SeenRun`). */
  lookAtRuns: 'gk-look-at-runs',
  scheduleTimes: 'gk-schedule-times',
  /** Of a catalogue entry: tells runs whether they are held (`PauseRunsRequest`). */
  holdRuns: 'gk-hold-runs',
  /** Of a run that is held: whether it still is. */
  isHeld: 'gk-is-held',
  hearOutcomes: 'gk-hear-outcomes',
  /** Of the watcher of a standing outcome. */
  lastAchieved: 'gk-last-achieved',
  /** Of a run: what the goal's earlier runs measured (`PastRequest`). */
  pastOfCriteria: 'gk-past-of-criteria',
  /** Of a host: keys that earlier executions of it had (`LightPastRequest`, `LightPast`). */
  lightPast: 'gk-light-past',
  keptResults: 'gk-kept-results',
  keptSteps: 'gk-kept-steps',
  /** Writes into a run's history what would lie outside of it with a large result (`Noted`). */
  note: 'gk-note',
  /** Of a run that is about to be achieved: writes what it produced into the books (`Made`). */
  reportProduced: 'gk-report-produced',
  /** Of a run: the latest version of a partition (`SoughtPartition`, `FoundPartition`). */
  usePartition: 'gk-use-partition',
  /** Of a run: gives its notice to the alerts workflow. */
  notify: 'gk-notify',
  /** Of a run: asks its pool's semaphore, and gives back. */
  askForPermit: 'gk-ask-for-permit',
  releasePermit: 'gk-release-permit',
  /** Of a run: asks a mailbox for the next event (`AskedMail`). */
  awaitEvent: 'gk-await-event',
  /** Of a pool's semaphore, and of a mailbox. */
  endedRuns: 'gk-ended-runs',
  /** Of the alerts workflow. */
  deliverAlert: 'gk-deliver-alert',
  sweepRuns: 'gk-sweep-runs',
  sweepRecords: 'gk-sweep-records',
  /** Of a deletion: each forgets, in its place, what is deleted (`DeletionTerms`). */
  forgetHistories: 'gk-forget-histories',
  forgetAlerts: 'gk-forget-alerts',
  forgetBooks: 'gk-forget-books',
  forgetStored: 'gk-forget-stored',
  forgetRecords: 'gk-forget-records',
} as const;

export const memoNames = {
  /** Of a catalogue entry: its `Publication`. */
  publication: 'gkGoal',
  /** Of a catalogue entry: its `Pause`, while it is paused. */
  paused: 'gkPaused',
  /** Of a run: the identity of the request that started it, where that had one. */
  request: 'gkRequest',
  /** Of a run: its execution before this one, where it was looked at before this one was started. */
  before: 'gkBefore',
  /** Of the record of an Idempotency-Key: digest of the body that came with it. */
  body: 'gkBody',
  /** Of the record of an event that cancels a run: the execution that was open when it came; empty where none was. */
  cancels: 'gkCancels',
  /** Of a run: the key as the input gave it, before it was made safe for an ID. */
  key: 'gkKey',
  /** Of a run: digest of the canonical input, so that one key with two inputs is noticed. */
  input: 'gkInput',
  /** Of a run: who or what triggered it (`Why`). */
  why: 'gkWhy',
  /** Of a run: verified people who started or resumed it, or supplied results, before its `why` tells; a list of names. */
  actors: 'gkActors',
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
  /** Of a run: its execution before this one, where that did not achieve the goal. */
  unachieved: 'gkUnachieved',
  /** Of a run that was asked for at a later time: when it is to begin, as ISO 8601. */
  startsAt: 'gkStartsAt',
  /** Of a run: the wait for an event that has ended last (`EndedWait`). */
  waited: 'gkWaited',
  /** Of a run that had trouble: what a row of a list says of it (`RowMemo`). */
  row: 'gkRow',
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
  /** Of a book of a dataset or partition: its latest version (`LatestVersion`). */
  latest: 'gkLatest',
  /** Of a pool's semaphore: its `PoolMemo`. */
  pool: 'gkPool',
  /** Of a bulk act: its `BulkActTerms`, and its `BulkActMemo`. */
  bulkActTerms: 'gkBulkActTerms',
  bulkAct: 'gkBulkAct',
  /** Of a recovery: its `RecoveryTerms`, and its `RecoveryMemo`. */
  recoveryTerms: 'gkRecoveryTerms',
  recovery: 'gkRecovery',
  /** Of a retraction: its `RetractionTerms`, and its `RetractionMemo`. */
  retractionTerms: 'gkRetractionTerms',
  retraction: 'gkRetraction',
  /** Of a deletion: its `DeletionMemo`. */
  deletion: 'gkDeletion',
} as const;

/** Memo field of a run in which a step of it, named by its path, says what it asks of a person (`Question`). */
export const askedMemo = (step: string): string => `gkAsked:${step}`;

/** The step of such a memo field; null for any other. */
export const stepOfMemo = (field: string): string | null => /^gkAsked:(.+)$/.exec(field)?.[1] ?? null;

/** Memo field of a run in which a step of it, named by its path, says which event it waits for (`Awaited`). */
export const awaitedMemo = (step: string): string => `gkAwaits:${step}`;

/** The step of such a memo field; null for any other. */
export const stepOfAwaited = (field: string): string | null => /^gkAwaits:(.+)$/.exec(field)?.[1] ?? null;

/** Search attributes of runs. Registered by the worker's set-up. A clean run has only an owner and a team. */
export const searchAttributes = {
  owner: 'GkOwner',
  team: 'GkTeam',
  /**
   * `delayed` until a run begins that was asked for at a later time; `struggling` while an error persists, else `waiting` while a person is; then what its view's `state` says. Of a
   * lease: its `LeaseState`.
   */
  state: 'GkState',
  /** Fingerprints of its errors, and of its first cause: at most FINGERPRINTS_LIMIT. */
  fingerprints: 'GkFingerprints',
  /** Fingerprint of what ended it. */
  cause: 'GkCause',
  /** Of a run whose goal says what of its input is personal: digests of those values. */
  subjects: 'GkSubjects',
  /** Of a run that failed: kind and code of its failure, as `job/licence_expired`. */
  failure: 'GkFailure',
  /** `at-risk` while its errors put an open run at risk of its deadline; `late` once it was not reached when it was expected. */
  pace: 'GkPace',
  /** Of a run: the tags that it was started with. Of the workflow that finds a run by later ones: all its tags. */
  tags: 'GkTags',
} as const;

export const searchAttributeTypes = {
  GkOwner: 'KEYWORD',
  GkTeam: 'KEYWORD',
  GkState: 'KEYWORD',
  GkFingerprints: 'KEYWORD_LIST',
  GkCause: 'KEYWORD',
  GkSubjects: 'KEYWORD_LIST',
  GkFailure: 'KEYWORD',
  GkPace: 'KEYWORD',
  GkTags: 'KEYWORD_LIST',
} as const satisfies Record<(typeof searchAttributes)[keyof typeof searchAttributes], string>;

/** So many fingerprints of a run can be searched for. */
export const FINGERPRINTS_LIMIT = 16;

/** The ID of a team's patch; no patch of goalkeeper's own has a colon. It stands in histories. */
export const goalPatch = (name: string): string => `goal:${name}`;

/** The digest had 64 characters before it was cut short: it is in every task of every history. */
const BUILD = /^goalkeeper(?:-[\w.-]+)?\+([0-9a-f]{24}|[0-9a-f]{64})$/;

/** Build ID of a worker, which the engine writes into every history: it holds the digest of the workflow code. */
export const buildIdOf = (code: string): string => `goalkeeper+${code}`;

/** Build ID of a version of a deployment that nobody else has named: a release of goalkeeper, and the digest of the workflow code. */
export const versionBuildId = (release: string, code: string): string => `goalkeeper-${release}+${code}`;

/** Global of the sandbox of a worker that is a version of a deployment. */
export const VERSIONED_GLOBAL = 'gkVersioned';

/** Global of the sandbox of a worker that checks who decided: its `DecisionKey`s. */
export const DECISION_KEYS_GLOBAL = 'gkDecisionKeys';

/** Global of the sandbox of a worker whose goals need others that are light no more: their names. */
export const LIGHT_BEFORE_GLOBAL = 'gkLightBefore';

/** Global of the sandbox of a worker that seals values. */
export const SEALED_GLOBAL = 'gkSealed';

/** Metadata of such a version: the number of its goals, which only grows, and the digest of its workflow code. */
export const versionMetadata = { number: 'gk-number', code: 'gk-code' } as const;

/** The digest in a build ID; null for another worker's. */
export const codeOfBuild = (buildId: string | null | undefined): string | null =>
  BUILD.exec(buildId ?? '')?.[1] ?? null;

/** Summary of the timer that is a run's deadline; no step can have it, as a step's path ends in `#n`. */
export const DEADLINE_TIMER = 'deadline';

/** Summary of the timer at whose end a run begins that was asked for at a later time. */
export const START_TIMER = 'not started yet';

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

/** Summary of the timer at whose end a step no longer waits for an event. */
export const waitTimer = (step: string): string => `${step} waits no longer`;

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
