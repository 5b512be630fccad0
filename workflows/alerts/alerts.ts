// The one workflow of a namespace that tells people: it hears of runs that fail, and sweeps for what nobody told it
// of. Its memo is what the gateway reads, with no worker up.

import {
  condition,
  defineSignal,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  proxyActivities,
  setHandler,
  upsertMemo,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type Accept,
  type Acknowledge,
  type Alert,
  type Announcement,
  type ForgetRuns,
  type Look,
  type Mute,
  noticeSchema,
  type SweepRequest,
  type SweepResult,
} from '../../goals/wire/alerts.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { activityNames, alertSignals, memoNames } from '../../goals/wire/names.ts';
import { patched, patches } from '../patches.ts';
import { AlertBook } from './alert-book.ts';
import { type AlertsState, announce, bound, initialAlertsState, settingsOf } from './alerts-state.ts';
import { BookByGoal } from './book-by-goal.ts';
import { forgetRuns } from './forget-runs.ts';
import { Outbox } from './outbox.ts';

const MEMO_BYTES = 64 * 1024;

/** Before it starts a fresh history, deliveries get so long to end: what is under way is then begun again. */
const DRAIN_MS = 15_000;

export async function alerts(given: AlertsState | null): Promise<never> {
  const state = given ?? initialAlertsState(Date.now());
  const newId = () => `alert-${uuid4().replaceAll('-', '').slice(0, 20)}`;
  const isByKey = patched(patches.alertsByKey);
  const tellsUntold = isByKey && patched(patches.untoldAgain);
  const book = isByKey ? new AlertBook(state, newId, { tellsUntold }) : new BookByGoal(state, newId);
  let changes = 0;
  const changing =
    <T>(change: (body: T) => void) =>
    (body: T): void => {
      changes++;
      change(body);
    };
  const outbox = new Outbox(
    (message, sink, how, mayHaveIt) => {
      changes++;
      book.delivered(message, sink, how, Date.now(), mayHaveIt);
    },
    book instanceof AlertBook ? (alert) => book.watchedOf(alert) : null,
  );
  const handle = <T>(name: string, change: (body: T) => void): void =>
    setHandler(defineSignal<[T]>(name), changing(change));
  handle<Announcement>(alertSignals.announce, (announcement) => announce(state, announcement));
  handle<unknown>(alertSignals.notice, (body) => {
    // From workers of other versions, too: what cannot be read must not stop what can.
    const notice = noticeSchema.safeParse(body);
    if (notice.data?.kind === 'in-doubt' && !(book instanceof AlertBook && patched(patches.doubts))) return;
    if (notice.data?.kind === 'warned' && !(book instanceof AlertBook && patched(patches.warned))) return;
    if (notice.success) book.notice(notice.data, Date.now());
    else log.warn('a notice cannot be read', { error: notice.error });
  });
  handle<Acknowledge>(alertSignals.acknowledge, (body) => book.acknowledge(body));
  handle<Mute>(alertSignals.mute, (body) => book.mute(body));
  handle<Accept>(alertSignals.accept, (body) => book.accept(body, Date.now()));
  let hasForgotten = false;
  handle<ForgetRuns>(alertSignals.forget, (body) => {
    forgetRuns(state, body);
    hasForgotten = true;
  });

  const sweeper = new Sweeper(book, () => changes++);
  const openings = new Openings(book, () => changes++);
  const shown = new Map<string, string>();
  for (;;) {
    const seen = changes;
    book.becomeDue(Date.now());
    openings.begin();
    bound(state, Date.now());
    outbox.send(state);
    // Only what has changed: every part is written into the history whole.
    const parts = Object.entries(memoOf(state)).filter(
      ([name, part]) => shown.get(name) !== JSON.stringify(part),
    );
    for (const [name, part] of parts) shown.set(name, JSON.stringify(part));
    if (parts.length > 0) upsertMemo(Object.fromEntries(parts));
    if (changes >= settingsOf(state).changesPerHistory || workflowInfo().continueAsNewSuggested) break;
    // What is forgotten is in this history, which is deleted once another goes on.
    if (hasForgotten) break;
    // It began under other rules, which are replayed by now: what it knows goes on under these.
    if (!isByKey && patched(patches.alertsByKey)) break;
    if (isByKey && !tellsUntold && patched(patches.untoldAgain)) break;
    const due = Math.min(book.nextDue(openings.underWay) ?? Number.POSITIVE_INFINITY, sweeper.goOn());
    const changed = (): boolean => changes > seen;
    if (due === Number.POSITIVE_INFINITY) await condition(changed);
    else await condition(changed, Math.max(1, due - Date.now()));
  }
  await condition(() => outbox.isEmpty && !sweeper.isUnderWay && openings.underWay.size === 0, DRAIN_MS);
  return makeContinueAsNewFunc<typeof alerts>({ memo: memoOf(state) })(state);
}

type Book = AlertBook | BookByGoal;

/** Opens alerts that have gathered enough, having looked whether they have healed meanwhile. */
class Openings {
  readonly underWay = new Set<string>();
  readonly #book: Book;
  readonly #onChange: () => void;

  constructor(book: Book, onChange: () => void) {
    this.#book = book;
    this.#onChange = onChange;
  }

  begin(): void {
    if (!(this.#book instanceof AlertBook)) return;
    for (const id of this.#book.due(Date.now())) if (!this.underWay.has(id)) this.#open(this.#book, id);
  }

  #open(book: AlertBook, id: string): void {
    this.underWay.add(id);
    const { announcements, sweptUntil } = book.state;
    const look: Look = {
      taskQueues: announcements.map(({ taskQueue }) => taskQueue),
      watched: book.watchedOf(id),
    };
    lookAgain(look, announcements.at(-1)?.deliverOn, sweptUntil)
      .then(({ settled }) => book.settled(settled, Date.now()))
      .catch((error: unknown) => {
        // Better told of what may have healed than not told of what has not.
        if (!isCancellation(error)) log.warn('an alert is opened without another look', { error });
      })
      .finally(() => {
        this.underWay.delete(id);
        book.open(id, Date.now());
        this.#onChange();
      });
  }
}

function lookAgain(look: Look, taskQueue: string | undefined, since: string): Promise<SweepResult> {
  const { [activityNames.sweepRuns]: sweep } = proxyActivities<EngineActivities>({
    ...(taskQueue === undefined ? {} : { taskQueue }),
    summary: 'has it healed?',
    startToCloseTimeout: '10s',
    scheduleToCloseTimeout: '15s',
    retry: { initialInterval: '1s', maximumAttempts: 2 },
  });
  return sweep({ ...look, since, known: [], isLook: true });
}

/** Looks now and then for what no signal told: often while an alert is open. */
class Sweeper {
  isUnderWay = false;
  readonly #book: Book;
  readonly #onChange: () => void;
  #last = Date.now();
  #again = Number.POSITIVE_INFINITY;

  constructor(book: Book, onChange: () => void) {
    this.#book = book;
    this.#onChange = onChange;
  }

  /** Sweeps when it is time to, and says when it is time again; never while a sweep is under way. */
  goOn(): number {
    if (this.isUnderWay) return Number.POSITIVE_INFINITY;
    const { sweepMs, idleSweepMs } = settingsOf(this.#book.state);
    const isOpen = this.#book.state.alerts.some(({ state }) => state === 'open');
    // When a run is due, no later than often.
    const wanted = Math.min(this.#last + idleSweepMs, Math.max(this.#again, this.#last + sweepMs));
    const due = isOpen ? this.#last + sweepMs : wanted;
    if (due > Date.now()) return due;
    this.isUnderWay = true;
    this.#sweep()
      .catch((error: unknown) => {
        log.warn('a sweep for runs did not succeed; the next one makes up for it', { error });
        this.#last = Date.now();
      })
      .finally(() => {
        this.isUnderWay = false;
        this.#onChange();
      });
    return Number.POSITIVE_INFINITY;
  }

  async #sweep(): Promise<void> {
    const { announcements, known, sweptUntil, open } = this.#book.state;
    const { stuckMs = 60_000, overdueMs = 30_000 } = settingsOf(this.#book.state);
    const request: SweepRequest = {
      taskQueues: announcements.map(({ taskQueue }) => taskQueue),
      since: sweptUntil,
      known: known.slice(-500),
      watched: this.#book.watched(),
      open: {
        ...(open ?? { stuck: [], more: false, token: null, turn: 0, until: null }),
        stuckMs,
        overdueMs,
      },
    };
    const { [activityNames.sweepRuns]: sweep } = proxyActivities<EngineActivities>({
      ...(announcements.length === 0 ? {} : { taskQueue: announcements.at(-1)?.deliverOn ?? '' }),
      startToCloseTimeout: '1m',
      scheduleToCloseTimeout: '5m',
      retry: { initialInterval: '2s', maximumAttempts: 3 },
    });
    const result = await sweep(request);
    this.#book.swept(result, Date.now());
    this.#again = result.open?.again ?? Number.POSITIVE_INFINITY;
    // What could not be told at once is told by a sweep that follows.
    if (!result.more) this.#last = Date.now();
  }
}

/** What the gateway reads: the newest alerts that fit. */
function memoOf({ alerts: all, mutes, accepted, open }: AlertsState): Record<string, unknown> {
  const newest: Alert[] = [];
  let bytes = 0;
  for (const alert of [...all].reverse()) {
    bytes += jsonBytes(alert);
    if (bytes > MEMO_BYTES) break;
    newest.push(alert);
  }
  return {
    [memoNames.alerts]: newest,
    [memoNames.mutes]: mutes,
    [memoNames.accepted]: accepted,
    ...(open === undefined ? {} : { [memoNames.stuck]: open.stuck }),
  };
}
