// Looks at runs that are open for what they cannot say themselves: that their code does not go on, or that no worker
// serves them, so that their deadline, and the time by which they were expected, are kept all the same. However many are
// open, one look makes so many calls and no more: what is due comes first, then each in its turn.

import type { temporal as proto } from '@temporalio/proto';
import {
  type Notice,
  noticeOf,
  type OpenLook,
  STUCK_RUNS,
  type StuckRun,
  type SweepRequest,
} from '../../goals/wire/alerts.ts';
import type { Ended } from '../../goals/wire/ended.ts';
import { fingerprint } from '../../goals/wire/fingerprint.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { type FailingTask, failingTask, stuckIn, untakenSince } from '../../views/failing-task.ts';

/** Pages of a thousand rows that one look lists. */
export const LISTED_PAGES = 10;
/** Runs that one look has described. */
export const DESCRIBED = 1_000;
/** Of them, so many that are past their deadline, and so many whose time to be late has come. */
const DUE = 400;
/** Histories that one look reads, and runs that it ends. */
export const HISTORIES = 100;
const ENDS = 50;

/** A run that is to be cancelled waits so long for a worker to take that up. */
const UNTAKEN_CANCEL_MS = 120_000;

export interface OpenRun {
  run: string;
  execution: string;
  taskQueue: string;
  owner: string;
  team: string;
  /** In milliseconds since 1970; null where its start does not tell. */
  deadline: number | null;
  expected: number | null;
}

export interface DescribedRun extends OpenRun {
  task: proto.api.workflow.v1.IPendingWorkflowTaskInfo | null;
  isCancelled: boolean;
}

type Ref = Pick<OpenRun, 'run' | 'execution'>;

/** What it asks the server for. Each is one call, and `end` a few. */
export interface OpenRunsServer {
  page(token: string | null): Promise<{ rows: OpenRun[]; next: string | null }>;
  /** Runs whose tasks the server itself reports as failing; none where it does not. */
  reported(): Promise<Ref[]>;
  /** Null when it is closed. */
  describe(of: Ref): Promise<DescribedRun | null>;
  history(of: Ref): Promise<proto.api.history.v1.IHistoryEvent[]>;
  /** Null when it has closed by itself. */
  end(of: Ref, as: { outcome: Ended['outcome']; during: string }): Promise<Ended | null>;
  /** Does the same with each, some at once. */
  each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]>;
}

export type OpenRunsRequest = NonNullable<SweepRequest['open']>;

export interface OpenFound {
  notices: Notice[];
  open: OpenLook & { again: number | null };
}

export async function lookAtOpenRuns(
  server: OpenRunsServer,
  asked: OpenRunsRequest,
  isOurs: (run: OpenRun) => boolean,
  now: number,
): Promise<OpenFound> {
  const look = new Look(server, asked, now);
  const rows: OpenRun[] = [];
  let token = asked.token;
  for (let page = 0; page < LISTED_PAGES; page++) {
    const { rows: listed, next } = await server.page(token);
    for (const row of listed) if (isOurs(row)) rows.push(row);
    token = next;
    if (next === null) break;
  }
  const chosen = chosenOf(rows, [...asked.stuck, ...(await server.reported())], asked, now);
  await server.each(chosen, (one) => look.at(one, isOurs));
  for (const { deadline, expected } of rows) {
    if (deadline !== null) look.comeBackAt(deadline + asked.overdueMs);
    if (expected !== null) look.comeBackAt(expected + asked.overdueMs);
  }
  const isRound = token === null;
  return {
    notices: look.notices,
    open: {
      stuck: look.stuck.slice(0, STUCK_RUNS),
      more: look.stuck.length > STUCK_RUNS || (asked.more && look.stuck.length === STUCK_RUNS),
      token,
      turn: isRound ? asked.turn + DESCRIBED / 2 : asked.turn,
      // What a later part of the list holds is late since the last time that it was looked at.
      until: isRound ? now : asked.until,
      again: look.again,
    },
  };
}

/** What is due first, then what is known or reported, then some of the others. */
function chosenOf(
  rows: readonly OpenRun[],
  known: readonly Ref[],
  asked: OpenRunsRequest,
  now: number,
): Ref[] {
  const due = rows
    .filter(({ deadline }) => deadline !== null && deadline + asked.overdueMs <= now)
    .sort((a, b) => (a.deadline as number) - (b.deadline as number));
  const late = rows.filter(({ expected }) => isNewlyLate(expected, asked, now));
  const start = rows.length === 0 ? 0 : asked.turn % rows.length;
  const turn = [...rows.slice(start), ...rows.slice(0, start)];
  const chosen = new Map<string, Ref>();
  const all = [...due.slice(0, DUE), ...known.slice(0, STUCK_RUNS), ...late.slice(0, DUE), ...turn];
  for (const { run, execution } of all) {
    if (chosen.size === DESCRIBED) break;
    chosen.set(execution, { run, execution });
  }
  return [...chosen.values()];
}

const isNewlyLate = (expected: number | null, { overdueMs, until }: OpenRunsRequest, now: number): boolean =>
  expected !== null && expected + overdueMs <= now && (until === null || expected + overdueMs > until);

class Look {
  readonly notices: Notice[] = [];
  readonly stuck: StuckRun[] = [];
  again: number | null = null;
  readonly #server: OpenRunsServer;
  readonly #asked: OpenRunsRequest;
  readonly #now: number;
  readonly #known: ReadonlyMap<string, StuckRun>;
  #histories = 0;
  #ends = 0;

  constructor(server: OpenRunsServer, asked: OpenRunsRequest, now: number) {
    this.#server = server;
    this.#asked = asked;
    this.#now = now;
    this.#known = new Map(asked.stuck.map((one) => [one.execution, one]));
  }

  comeBackAt(time: number): void {
    if (time > this.#now) this.again = Math.min(this.again ?? time, time);
  }

  async at(of: Ref, isOurs: (run: OpenRun) => boolean): Promise<void> {
    const run = await this.#server.describe(of);
    // Whoever goes on has no task that fails or waits.
    if (run === null || run.task === null || !isOurs(run)) return;
    const isOverdue = run.deadline !== null && run.deadline + this.#asked.overdueMs <= this.#now;
    const isSuspect = (run.task.attempt ?? 1) > 1 || this.#known.has(of.execution) || isOverdue;
    const failing = isSuspect ? await this.#failing(of) : null;
    const { stuck } = stuckIn(failing, run.task, this.#now, this.#asked.stuckMs);
    const untaken = untakenSince(run.task, this.#now);
    if (failing !== null) this.comeBackAt(Date.parse(failing.since) + this.#asked.stuckMs);
    const during = duringOf(run, failing, untaken);
    if (isOverdue) {
      if (await this.#end(run, 'failed', during)) return;
    } else if (run.isCancelled && (stuck !== undefined || this.#isOld(untaken))) {
      // As the gateway has it: a cancellation that comes after the deadline changes nothing.
      const isPast = run.deadline !== null && run.deadline <= this.#now;
      if (await this.#end(run, isPast ? 'failed' : 'cancelled', during)) return;
    }
    if (stuck !== undefined) this.#isStuck(run, stuck);
    else if (this.#isUnread(failing, of)) this.stuck.push(this.#known.get(of.execution) as StuckRun);
    if ((stuck !== undefined || untaken !== null) && isNewlyLate(run.expected, this.#asked, this.#now))
      this.#tell('late', run, new Date(run.expected as number).toISOString(), {
        ...{ kind: 'late', code: 'late', path: [], cause: null },
        message: `not reached by the time at which it was expected, ${during}`,
      });
  }

  /** So many histories have been read that what was known of this one holds. */
  #isUnread = (failing: FailingTask | null, { execution }: Ref): boolean =>
    failing === null && this.#known.has(execution) && this.#histories >= HISTORIES;

  #isOld = (since: string | null): boolean =>
    since !== null && Date.parse(since) + UNTAKEN_CANCEL_MS <= this.#now;

  async #failing(of: Ref): Promise<FailingTask | null> {
    if (this.#histories >= HISTORIES) return null;
    this.#histories++;
    return failingTask(await this.#server.history(of));
  }

  #isStuck(
    run: DescribedRun,
    { since, code, message, mend }: { since: string; code: string; message: string; mend: string },
  ): void {
    const known = this.#known.get(run.execution);
    this.stuck.push({ run: run.run, execution: run.execution, since });
    if (known?.since === since) return;
    const text = `${message}. ${mend}`;
    this.#tell('stuck', run, since, {
      ...{ kind: 'stuck', code, message: text, path: [] },
      cause: { run: run.run, code, message: text, fingerprint: fingerprint(`stuck:${code}`, message) },
    });
  }

  async #end(run: DescribedRun, outcome: Ended['outcome'], during: string): Promise<boolean> {
    if (this.#ends >= ENDS) {
      this.comeBackAt(this.#now + 1);
      return false;
    }
    this.#ends++;
    const ended = await this.#server.end(run, { outcome, during });
    if (ended?.failure) this.#tell('failed', run, new Date(this.#now).toISOString(), ended.failure);
    return true;
  }

  #tell(
    kind: Notice['kind'],
    { run, execution, owner, team }: DescribedRun,
    at: string,
    trouble: Parameters<typeof noticeOf>[2],
  ): void {
    const goal = parseRunId(run)?.goal ?? '';
    this.notices.push(noticeOf(kind, { goal, run, execution, at, owner, team }, trouble));
  }
}

function duringOf({ taskQueue }: OpenRun, failing: FailingTask | null, untaken: string | null): string {
  if (failing !== null) return `while it was stuck: ${failing.message}`;
  return untaken === null
    ? 'while no worker had time for it'
    : `while no worker served the queue ${taskQueue}`;
}
