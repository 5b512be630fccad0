// Who is told, as data: what a run tells the alerts workflow, what that keeps, and what a gateway reads
// of it. All of it bounded, as it lives in signals, in the state of one workflow, and in its memo.

import { z } from 'zod';
import { verifiedField } from './actor.ts';
import { fingerprint } from './fingerprint.ts';
import { boundedText } from './text/bounded-text.ts';

export const noticeKinds = [
  'failed',
  'struggling',
  'at-risk',
  'late',
  'lease-stuck',
  'stale',
  'stuck',
  'warned',
  'in-doubt',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export const troubleSchema = z.object({
  /** Kind of the failure; of what is no failure yet, what it would be. */
  kind: z.string(),
  code: z.string(),
  message: z.string(),
  /** From the run's step down to where the cause lies. */
  path: z.array(z.string()),
  /** The first true cause, in its own words; null when there is none but the message. */
  cause: z.object({ run: z.string(), code: z.string(), message: z.string() }).nullable(),
});
export type Trouble = z.infer<typeof troubleSchema>;

export const noticeSchema = z.object({
  kind: z.enum(noticeKinds),
  goal: z.string(),
  team: z.string(),
  owner: z.string(),
  run: z.string(),
  execution: z.string(),
  /** When it came to be, by Temporal's clock. */
  at: z.string(),
  fingerprint: z.string(),
  trouble: troubleSchema,
});

/**
 * What the alerts workflow is told of one execution of a run: it failed, is struggling beyond policy, at risk, or late; or of
 * a lease, as `run` and `execution`: it could not tear down; or of the watcher of a standing outcome, which is stale; or it was
 * achieved, with criteria not met that only warn; or it used what was retracted since.
 */
export type Notice = z.infer<typeof noticeSchema>;

const MESSAGE_LIMIT = 500;
const NAME_LIMIT = 200;

const briefly = (text: string): string => boundedText(text, NAME_LIMIT);

/** A notice, cut to its bounds. What has no cause is grouped by what it says. */
export function noticeOf(
  kind: NoticeKind,
  run: Omit<Notice, 'kind' | 'fingerprint' | 'trouble'>,
  { kind: why, code, message, path, cause }: Trouble & { cause: { fingerprint: string } | null },
): Notice {
  return {
    kind,
    ...run,
    team: briefly(run.team),
    owner: briefly(run.owner),
    fingerprint: cause?.fingerprint ?? fingerprint(`${why}:${code}`, message),
    trouble: {
      kind: why,
      code: briefly(code),
      message: boundedText(message, MESSAGE_LIMIT),
      path: path.slice(0, 8).map((step) => boundedText(step, 80)),
      cause: cause && {
        run: cause.run,
        code: briefly(cause.code),
        message: boundedText(cause.message, MESSAGE_LIMIT),
      },
    },
  };
}

const bySchema = z.object({
  at: z.string(),
  by: z.string(),
  verified: verifiedField,
  reason: z.string().nullable(),
});

/** Who did something, when and why. */
export type Mark = z.infer<typeof bySchema>;

const ways = ['reached', 'accepted', 'superseded', 'over'] as const;
export type Settlement = (typeof ways)[number];

const alertedGoalSchema = z.object({
  goal: z.string(),
  team: z.string(),
  owner: z.string(),
  path: z.array(z.string()),
  /** The first of the runs and the latest; `count` says how many executions it were. */
  runs: z.array(z.object({ run: z.string(), execution: z.string(), at: z.string() })),
  count: z.int(),
  /** How many of its runs are not known to be settled. Absent from what was kept when one settled them all. */
  left: z.int().optional(),
  /** How runs of it were settled so far, and by which run. */
  ends: z.array(z.object({ how: z.enum(ways), run: z.string().nullable() })).optional(),
  /**
   * Why nothing more is expected, once each of its runs is settled: reached again, accepted by a person, told of in a
   * later alert, or just over.
   */
  settled: z
    .object({
      how: z.enum(ways),
      at: z.string(),
      /** The run that was achieved. */
      run: z.string().nullable(),
    })
    .nullable(),
});
export type AlertedGoal = z.infer<typeof alertedGoalSchema>;

const messageSchema = z.object({
  /** The `webhook-id`: the same in every try, so that receivers can drop what they have. */
  id: z.string(),
  what: z.enum(['opened', 'reached']),
  at: z.string(),
  /** The goals it names. */
  goals: z.array(z.string()),
  /** By sink. */
  deliveries: z.record(
    z.string(),
    z.object({
      /** `healed`: not sent, as all that it would have told was settled before. */
      state: z.enum(['waiting', 'delivered', 'given-up', 'healed']),
      at: z.string().nullable(),
      /** The sink may have it, though it never said so. */
      mayHaveIt: z.literal(true).optional(),
    }),
  ),
});
export type AlertMessage = z.infer<typeof messageSchema>;

/** How a delivery ends. */
export type DeliveryEnd = Exclude<AlertMessage['deliveries'][string]['state'], 'waiting'>;

export const alertSchema = z.object({
  id: z.string(),
  kind: z.enum(noticeKinds),
  at: z.string(),
  fingerprint: z.string(),
  trouble: troubleSchema,
  goals: z.array(alertedGoalSchema),
  /** Goals beyond those that are named. */
  more: z.int(),
  /** It is also about goals that whoever asks may not see. A gateway tells it, and nothing keeps it. */
  shared: z.literal(true).optional(),
  acknowledged: bySchema.nullable(),
  /** `open` as long as a goal of it is not settled. */
  state: z.enum(['open', 'closed']),
  messages: z.array(messageSchema),
});
export type Alert = z.infer<typeof alertSchema>;

export const muteSchema = bySchema.extend({
  goal: z.string(),
  until: z.string(),
  /** Whose goal it is, where it is published. A gateway tells it, and nothing keeps it. */
  team: z.string().optional(),
});
export type Mute = z.infer<typeof muteSchema>;

/** Executions that failed and were closed by a person as accepted. */
export const acceptedSchema = z.record(z.string(), bySchema);
export type Accepted = z.infer<typeof acceptedSchema>;

/** Bodies of the signals that come from people. */
export interface Acknowledge extends Mark {
  id: string;
}
export interface Accept extends Mark {
  run: string;
  execution: string;
}

/** Runs, leases and shards by their IDs, and executions of them, of which nothing may be kept. */
export interface ForgetRuns {
  runs: readonly string[];
  executions: readonly string[];
}

/** How the alerts workflow behaves; times in milliseconds. The worker that announced itself last decides. */
export interface AlertSettings {
  /** For so long notices of one fingerprint are gathered into one message. */
  gatherMs: number;
  /** After a message a goal is quiet for so long. */
  cooldownMs: number;
  /** Between two looks for goals that are reached again, and for runs that were terminated. */
  sweepMs: number;
  /** The same while no alert is open. */
  idleSweepMs: number;
  /** How long a sink may take to answer. */
  deliveryMs: number;
  /** How long a delivery is tried. */
  deliverForMs: number;
  /** For how long the task of a run must have failed for it to be stuck. Absent from what older workers announce. */
  stuckMs?: number;
  /** How long past its deadline a run is ended that did not end itself. Absent from what older workers announce. */
  overdueMs?: number;
  /** Changes after which the workflow starts a fresh history. */
  changesPerHistory: number;
}

export const DEFAULT_ALERT_SETTINGS: AlertSettings = {
  gatherMs: 2_000,
  cooldownMs: 15 * 60_000,
  sweepMs: 30_000,
  idleSweepMs: 5 * 60_000,
  deliveryMs: 10_000,
  deliverForMs: 3 * 24 * 3_600_000,
  stuckMs: 60_000,
  overdueMs: 30_000,
  changesPerHistory: 1_000,
};

/** What a worker says of itself: which runs are its, and where its sinks are. Sinks by name: no secret travels. */
export interface Announcement {
  /** The queue on which its runs are pursued. */
  taskQueue: string;
  /** The queue on which it delivers. */
  deliverOn: string;
  sinks: string[];
  settings: AlertSettings;
}

/** Type of the failure with which a delivery says that there is nothing to tell any more; its detail: the sink may have it. */
export const ALERT_HEALED = 'AlertHealed';

/** What one delivery takes to a sink. */
export interface Delivery {
  sink: string;
  message: Pick<AlertMessage, 'id' | 'what' | 'at' | 'goals'>;
  alert: Omit<Alert, 'messages'>;
  /** What would have to be settled for the message not to be sent any more; null when it is sent in any case. */
  look?: Look | null;
  /** An earlier delivery of it was cut short: the sink may have it. */
  mayHaveIt?: boolean;
}

/** Asks what of this is settled by now. */
export interface Look {
  /** Runs on these queues count. */
  taskQueues: string[];
  watched: WatchedAlert[];
}

export const stuckRunSchema = z.object({ run: z.string(), execution: z.string(), since: z.string() });

/** A run that was seen to be stuck. */
export type StuckRun = z.infer<typeof stuckRunSchema>;

/** How far sweeps have looked at the runs that are open: of many, each sweep looks at some. */
export interface OpenLook {
  /** Those that are known to be stuck, at most STUCK_RUNS; `more` says that there are others. */
  stuck: StuckRun[];
  more: boolean;
  /** Where to list on, base64; null from the beginning. */
  token: string | null;
  /** Which of those listed are next to be looked at. */
  turn: number;
  /** Until when it is known who is late, in milliseconds since 1970. */
  until: number | null;
}

/** So many stuck runs are kept, told and listed. */
export const STUCK_RUNS = 300;

/** What a sweep looks for. */
export interface SweepRequest {
  /** Runs on these queues that were closed since are told, unless they are known. */
  taskQueues: string[];
  since: string;
  known: string[];
  watched: WatchedAlert[];
  /** Only what is watched is looked at. */
  isLook?: true;
  /** How far it has looked at open runs. Absent where an older workflow asks. */
  open?: OpenLook & { stuckMs: number; overdueMs: number };
}

/** A trouble that is to be settled. */
export interface WatchedAlert {
  alert: string;
  goal: string;
  /** When it was noticed: what ended before settles nothing. */
  after: string;
  /** What it was noticed of. Of an alerts workflow that looks for goals, not for runs: null. */
  execution: { run: string; execution: string } | null;
  /** Named in the answer. Absent where such an alerts workflow asks. */
  item?: string;
  /**
   * Settled when the key is reached, or whatever else its goal says; when the goal's latest achieved run warns no more; else when
   * this very execution has ended.
   */
  by?: 'key' | 'execution' | 'criteria';
}

export interface SweepResult {
  missed: Notice[];
  /** Until when every run is accounted for. */
  until: string;
  /** There are more than could be told at once. */
  more: boolean;
  /** How far it has looked now, and when it should look again, in milliseconds since 1970. Absent where an older worker answers. */
  open?: OpenLook & { again: number | null };
  settled: SettledAlert[];
}

export interface SettledAlert {
  alert: string;
  goal: string;
  how: 'reached' | 'over';
  /** By which run. */
  run: string;
  at: string;
  /** Of the `WatchedAlert`. */
  item?: string;
}
