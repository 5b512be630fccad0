// Every change of what open runs do: a history from before one goes on the old way. An ID is never used again, and a
// patch stays for as long as a workflow that began without it may be open. A recorded history has each patch.

import { patched as hasPatch, workflowInfo } from '@temporalio/workflow';

export interface Patch {
  /** Stands in histories: never rename one. */
  id: `gk-${string}`;
  /** Since the patch. */
  changes: string;
  because: string;
  since: string;
  /** When the old way may go. */
  removable: string;
}

/** Whether the new way is taken: always, but where a history is replayed that went the old way here. */
export const patched = ({ id }: Patch): boolean => hasPatch(id);

/** The same of a name that a goal which is needed has got: a family of patches, one for each name, which only goals that were renamed have. */
export const patchedName = (name: string): boolean => hasPatch(`gk-name:${name}`);

/**
 * Whether the needed goal of this name is asked for at its hosts: a family of patches, one for each such goal. One that is light no more is so
 * still where a history tells it.
 */
export const patchedLight = (name: string, isLight: boolean): boolean =>
  (isLight || workflowInfo().unsafe.isReplaying) && hasPatch(`gk-light:${name}`);

const RUNS_011 = 'no run that began before 0.1.1 is open';
const RUNS_012 = 'no run that began before 0.1.2 is open';

export const patches = {
  notifyFailure: {
    id: 'gk-tell-failure',
    changes: 'A run that fails notifies the alerts workflow before it closes.',
    because: 'Its owner should hear of it at once, not after the next sweep.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  troubles: {
    id: 'gk-troubles',
    changes: 'A run shows that the errors of a step persist, in its search attributes and its memo.',
    because: 'Trouble should show before it is a failure.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  alarm: {
    id: 'gk-alarm',
    changes: 'A run that is struggling, at risk or late notifies the alerts workflow.',
    because: 'The owner should hear of a run that will not end in time before its deadline.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  workflowAttempts: {
    id: 'gk-foreign-attempts',
    changes: "The workflow makes each attempt of a job on another worker's queue.",
    because: 'The wrapper that keeps the ledger does not run there.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  oversize: {
    id: 'gk-oversize',
    changes: "A result that another worker's SDK keeps back as too large ends its step.",
    because: 'That SDK calls the error retryable, and every retry would do the whole work again.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  stored: {
    id: 'gk-stored',
    changes:
      'Values up to 50 MB lie in external storage, and the run writes what its view needs of them into the history.',
    because: 'Before there was storage, a value had to fit a payload.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  mapBounds: {
    id: 'gk-map-bounds',
    changes:
      'The history of a run is bounded for all its maps together, and shards keep to `atOnce` together.',
    because: 'A run with many maps, or with large outputs, reached the limits of its history.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  shardTelling: {
    id: 'gk-shard-telling',
    changes: 'A shard of a map reports to its run when nothing more comes, too, and items that go on alone.',
    because: 'A run showed the state of a shard that had long changed.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  pause: {
    id: 'gk-pause',
    changes: "A goal's catalogue entry takes the signal that pauses it.",
    because: 'A worker of older code may have taken such a signal, and did nothing.',
    since: '0.1.1',
    removable: 'every goal was published by 0.1.1 or later, and its entry has begun a fresh history since',
  },
  hold: {
    id: 'gk-hold',
    changes: 'A run takes the signal that holds it while its goal is paused.',
    because: 'A worker of older code may have taken such a signal, and did nothing.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  freshNeeds: {
    id: 'gk-fresh-needs',
    changes: 'A needed goal whose achieved run is stale is pursued again.',
    because: 'Before goals had `fresh`, an achieved run was joined however old.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  joinInput: {
    id: 'gk-join-input',
    changes: 'A run of the same key with another input is refused to the run that needs it.',
    because: 'Its outcome is not the one that is needed.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  neededBy: {
    id: 'gk-needed-by',
    changes: 'A run keeps a list of the runs that wait for it and signals them before it closes.',
    because: 'A waiting run need not poll.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  joinBySignal: {
    id: 'gk-join-by-signal',
    changes: 'A run that joins another registers by a signal and waits for its answer.',
    because: 'It looked again and again, and each look is in its history.',
    since: '0.1.1',
    removable: RUNS_011,
  },
  carried: {
    id: 'gk-carried',
    changes:
      'A run ends in a failure where its code gives what JSON cannot carry, or a criterion gives no verdict.',
    because: 'JSON changed such values in silence.',
    since: '0.1.2',
    removable: RUNS_012,
  },
  awaited: {
    id: 'gk-awaited',
    changes: 'A run whose code did not await a step fails.',
    because: 'An outcome that does not know how its steps ended is worth nothing.',
    since: '0.1.2',
    removable: RUNS_012,
  },
  exact: {
    id: 'gk-exact',
    changes: "A number in another worker's result that JavaScript would round ends its step.",
    because: 'The run went on with another number.',
    since: '0.1.2',
    removable: RUNS_012,
  },
  exactInput: {
    id: 'gk-exact-input',
    changes: "A run that was started on Temporal's own with a number that JavaScript would round fails.",
    because: 'The run went on with another number.',
    since: '0.1.2',
    removable: RUNS_012,
  },
  answerable: {
    id: 'gk-answerable',
    changes: 'A run whose code asks for what no JSON answer can be fails.',
    because: 'It waited for an answer that nobody could give.',
    since: '0.1.2',
    removable: RUNS_012,
  },
  retryAfter: {
    id: 'gk-retry-after',
    changes:
      "A step on another worker's queue is given up when its error asks for a longer wait than a timer may take.",
    because: 'The retry came earlier than the upstream had asked.',
    since: '0.1.2',
    removable: RUNS_012,
  },
  persistsMinutes: {
    id: 'gk-persists-minutes',
    changes:
      'By default the errors of a job whose attempts the workflow makes persist after five minutes, not after three attempts.',
    because: 'Three attempts are over in a moment, and heal.',
    since: '0.1.2',
    removable: RUNS_012,
  },
  endedNeed: {
    id: 'gk-ended-need',
    changes: 'A needed run that could not end itself counts as what it was ended as.',
    because: 'It counted as terminated, and its own failure was lost.',
    since: '0.1.2',
    removable: RUNS_012,
  },
  paceRecovers: {
    id: 'gk-pace-recovers',
    changes: 'The batches of a map with few items at once grow again after they came down to one item.',
    because: 'After a few slow items all that followed travelled singly, however quick they were.',
    since: '0.1.2',
    removable: RUNS_012,
  },
  firstLoss: {
    id: 'gk-first-loss',
    changes: 'Of items of a map that fail together, the first that was one too many is what fails the step.',
    because: 'The last of them was named, and so the cause was not the first true failure.',
    since: '0.1.2',
    removable: RUNS_012,
  },
  clockTimes: {
    id: 'gk-clock-times',
    changes: "A scheduled time that comes only by Temporal's reckoning of summer time starts nothing.",
    because: 'A local time that comes twice started two runs.',
    since: '0.1.2',
    removable: 'no trigger that began before 0.1.2 is open',
  },
  backfillHeld: {
    id: 'gk-backfill-held',
    changes: 'A backfill whose goal is paused shows that it is held, and why.',
    because: 'It looked as if it went on.',
    since: '0.1.2',
    removable: 'no backfill that began before 0.1.2 is open',
  },
  alertsByKey: {
    id: 'gk-alerts-by-key',
    changes: 'A trouble is settled by its own key, and looked at once more before anybody hears of it.',
    because: 'A run of another key settled it, and owners heard of what had healed.',
    since: '0.1.2',
    removable: 'the alerts workflow has begun a fresh history under 0.1.2 or later',
  },
  untoldAgain: {
    id: 'gk-untold-again',
    changes:
      'A key that fails again, after its first failure healed before the message was sent, is reported when its goal is quiet no more.',
    because: 'It counted as reported, and nobody heard of it.',
    since: '0.1.2',
    removable: 'the alerts workflow has begun a fresh history under 0.1.2 or later',
  },
  warned: {
    id: 'gk-criterion-warned',
    changes: 'The alerts workflow takes the notice of a run that was achieved with a criterion that warns.',
    because: 'A worker of older code may have taken such a notice, and did nothing.',
    since: '0.1.2',
    removable: 'the alerts workflow has begun a fresh history under 0.1.2 or later',
  },
  doubts: {
    id: 'gk-in-doubt',
    changes: 'The alerts workflow takes the notice of a run that used what was retracted since.',
    because: 'A worker of older code may have taken such a notice, and did nothing.',
    since: '0.1.2',
    removable: 'the alerts workflow has begun a fresh history under 0.1.2 or later',
  },
  rows: {
    id: 'gk-rows',
    changes:
      'A run that had trouble writes what a row of a list says of it: its failure, its healed errors, whether it is in time.',
    because: 'A list read the history of each run that it showed.',
    since: '0.1.2',
    removable: RUNS_012,
  },
  lookAgain: {
    id: 'gk-look-again',
    changes:
      'A retraction looks until two looks agree and what was open has closed, and tells owners beside the marking.',
    because: "Temporal's list lags, and a run that was open used the outcome after the only look.",
    since: '0.1.2',
    removable: 'no retraction that began before 0.1.2 is open',
  },
} as const satisfies Record<string, Patch>;
