// Who used an achieved outcome, found in bounded pages by whoever asks: goals that need it or listen to it are looked through for
// executions that were there since, and the history of each says whether it used it. Light ones, which no list has, come after the others.

import type { temporal } from '@temporalio/proto';
import { familyOf, namesOf } from '../goals/wire/former-names.ts';
import { hasLight, parseLightExecution } from '../goals/wire/light.ts';
import { searchAttributes } from '../goals/wire/names.ts';
import type { Publication } from '../goals/wire/publication.ts';
import type { ExecutionOfRun } from '../goals/wire/recovery.ts';
import { type Doubt, pathTo, type UsedOutcome } from '../goals/wire/retraction.ts';
import { parseRunId, runId } from '../goals/wire/run-id.ts';
import { workflowExecutionStatus } from '../goals/wire/temporal-enums.ts';
import type { ListPage } from './closed-runs.ts';
import { millisecondsOf } from './event-time.ts';
import type { LightRunFacts } from './light-run.ts';
import { lightRunsStartedBy } from './light-users.ts';
import { value } from './payload.ts';
import { type OutcomeUse, useOfStart, usesIn } from './used-outcomes.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Listed = temporal.api.workflow.v1.IWorkflowExecutionInfo;

export interface DoubtSource {
  list: ListPage;
  /** Executions that may have used these and that are known by another way, whether the list has them yet or not. */
  known?: (used: readonly UsedOutcome[]) => Promise<readonly Listed[]>;
  /** The history of an execution, of a light one as an ordinary one's would be; null when its retention has ended. */
  events(run: string, execution: string): Promise<readonly Event[] | null>;
}

/** Executions of one page, each of whose histories is read. */
const PAGE = 100;
const READS_AT_ONCE = 8;
/** Where a page of light ones begins. */
const LIGHT = 'light:';
/** A history may say that it found a run achieved a moment after it looked. */
const LATER_MS = 10_000;

/** An open execution that has not used it, and may yet. */
export interface OpenCandidate extends ExecutionOfRun {
  startedAt: number;
}

interface Span extends UsedOutcome {
  /** When it was achieved, and when a later execution of its run was; milliseconds since 1970. */
  from: number;
  until: number | null;
}

/** `underWay`: light runs that may be users once they are achieved, within a moment. */
export interface UsersPage {
  users: Doubt[];
  open: OpenCandidate[];
  next: string | null;
  read: number;
  underWay: number;
}

const NOTHING: UsersPage = { users: [], open: [], next: null, read: 0, underWay: 0 };

/** A page of those that used any of these, and where the next one begins; null when it was the last. */
export async function usersOf(
  source: DoubtSource,
  goals: readonly Publication[],
  used: readonly UsedOutcome[],
  next: string | null,
): Promise<UsersPage> {
  const spans = await spansOf(source, used);
  if (next?.startsWith(LIGHT)) return lightUsersOf(source, goals, spans, next.slice(LIGHT.length));
  const query = candidatesQuery(goals, spans);
  if (query === null) return NOTHING;
  const page = await source.list(query, PAGE, next === null ? null : bytesOf(next));
  const known = next === null ? await source.known?.(used) : undefined;
  const rows = eachOnce([...(known ?? []), ...(page.executions ?? [])].filter(isRun));
  const users: Doubt[] = [];
  const open: OpenCandidate[] = [];
  let at = 0;
  const lane = async (): Promise<void> => {
    while (at < rows.length) {
      const row = rows[at++] as Listed;
      const { workflowId: run = '', runId: execution = '' } = row.execution as Record<string, string>;
      if (spans.some((one) => one.execution === execution)) continue;
      const state = stateOf(row);
      if (state === null) continue;
      const events = await source.events(run, execution);
      const found = events === null ? null : firstUse(usesIn(events), spans);
      if (found === null) {
        if (state === 'open') open.push({ run, execution, startedAt: millisecondsOf(row.startTime) ?? 0 });
        continue;
      }
      users.push({
        ...{ run, execution, goal: parseRunId(run)?.goal ?? '', state },
        ...{ team: attribute(row, searchAttributes.team), owner: attribute(row, searchAttributes.owner) },
        ...howIn(found, run),
      });
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, lane));
  const isLast = !page.nextPageToken?.length;
  const then = isLast && lightListeners(goals, spans).length > 0 ? LIGHT : textOf(page.nextPageToken);
  return { ...NOTHING, users: users.sort(byRun), open, next: then, read: rows.length };
}

const eachOnce = (rows: readonly Listed[]): Listed[] => [
  ...new Map(rows.map((row) => [row.execution?.runId, row])).values(),
];

async function lightUsersOf(
  source: DoubtSource,
  goals: readonly Publication[],
  spans: readonly Span[],
  token: string,
): Promise<UsersPage> {
  const listening = {
    goals: lightListeners(goals, spans),
    runs: new Set(spans.map(({ run }) => run)),
    since: sinceOf(spans),
  };
  // None listens any more.
  if (listening.goals.length === 0) return NOTHING;
  const found = await lightRunsStartedBy(source, listening, token === '' ? null : bytesOf(token));
  const users = found.runs.flatMap((facts) => lightUser(facts, spans));
  const next = textOf(found.next);
  return {
    ...{ users: users.sort(byRun), open: [], read: found.read, underWay: found.underWay },
    next: next === null ? null : `${LIGHT}${next}`,
  };
}

function lightUser({ goal, about, ask, answer }: LightRunFacts, spans: readonly Span[]): Doubt[] {
  if (answer?.end !== 'achieved') return [];
  const { execution, begun } = answer;
  const found = firstUse(useOfStart(ask.why, begun), spans);
  if (found === null) return [];
  const run = runId(goal, ask.key);
  const { team, owner } = about;
  return [{ run, execution, goal, state: 'achieved', team, owner, ...howIn(found, run) }];
}

const howIn = (
  { span, use }: { span: UsedOutcome; use: OutcomeUse },
  run: string,
): Pick<Doubt, 'through' | 'of' | 'path'> => ({
  through: use.through,
  of: { run: span.run, execution: span.execution },
  path: pathTo(span.path, run),
});

const byRun = (a: Doubt, b: Doubt): number => (a.run < b.run ? -1 : a.run > b.run ? 1 : 0);

/** The first of the uses that is of one of these. */
export function firstUse(
  uses: readonly OutcomeUse[],
  spans: readonly Pick<Span, 'run' | 'execution' | 'from' | 'until' | 'path'>[],
): { use: OutcomeUse; span: UsedOutcome } | null {
  for (const use of uses)
    for (const span of spans) {
      if (use.run !== span.run) continue;
      const isThen =
        use.at >= span.from - LATER_MS && (span.until === null || use.at <= span.until + LATER_MS);
      if (use.execution === null ? isThen : use.execution === span.execution) return { use, span };
    }
  return null;
}

/** When each was achieved, and until when it was the last that was. */
async function spansOf({ list, events }: DoubtSource, used: readonly UsedOutcome[]): Promise<Span[]> {
  const ids = [...new Set(used.map(({ run }) => run))].filter((run) => parseRunId(run) !== null);
  const closed = new Map<string, [execution: string, at: number][]>();
  let token: Uint8Array | null | undefined = null;
  do {
    const query = `WorkflowId IN (${ids.map((id) => `'${id}'`).join(', ')}) AND ExecutionStatus = 'Completed'`;
    const page: Awaited<ReturnType<ListPage>> = ids.length === 0 ? {} : await list(query, 1_000, token);
    for (const { execution, closeTime } of page.executions ?? []) {
      const id = execution?.workflowId ?? '';
      closed.set(id, [...(closed.get(id) ?? []), [execution?.runId ?? '', millisecondsOf(closeTime) ?? 0]]);
    }
    token = page.nextPageToken;
  } while (token?.length);
  const spans: Span[] = [];
  for (const one of used) {
    if (parseLightExecution(one.execution) !== null) {
      const last = (await events(one.run, one.execution))?.at(-1);
      // What uses a light run names its execution.
      spans.push({ ...one, from: millisecondsOf(last?.eventTime) ?? 0, until: null });
      continue;
    }
    const all = closed.get(one.run) ?? [];
    const from = all.find(([execution]) => execution === one.execution)?.[1] ?? 0;
    const later = all.map(([, at]) => at).filter((at) => at > from);
    spans.push({ ...one, from, until: later.length === 0 ? null : Math.min(...later) });
  }
  return spans;
}

/** What their users have begun or closed since, in milliseconds since 1970. */
const sinceOf = (spans: readonly Span[]): number => Math.min(...spans.map(({ from }) => from)) - LATER_MS;

/** What finds those that may have used any: of goals that need or hear of one, and of the same run, since it was achieved. */
function candidatesQuery(goals: readonly Publication[], spans: readonly Span[]): string | null {
  if (spans.length === 0) return null;
  const names = usingGoals(goals, spans).flatMap(namesOf);
  const since = new Date(sinceOf(spans)).toISOString();
  const quoted = (all: Iterable<string>): string =>
    [...new Set(all)]
      .sort()
      .map((one) => `'${one}'`)
      .join(', ');
  // A later execution of the same run may have kept results of it.
  const same = `WorkflowId IN (${quoted(spans.map(({ run }) => run))})`;
  const which = names.length === 0 ? same : `(${same} OR WorkflowType IN (${quoted(names)}))`;
  return [
    `${searchAttributes.owner} IS NOT NULL`,
    which,
    `(ExecutionStatus = 'Running' OR (ExecutionStatus = 'Completed' AND CloseTime >= '${since}'))`,
  ].join(' AND ');
}

/** Goals that may use an outcome of these runs. */
function usingGoals(goals: readonly Publication[], spans: readonly Span[]): Publication[] {
  const used = new Set(spans.flatMap(({ run }) => familyOf(parseRunId(run)?.goal ?? '', goals)));
  const made = new Set(
    goals
      .filter(({ goal }) => used.has(goal))
      .flatMap(({ produces = [] }) => produces.map(({ name }) => name)),
  );
  return goals.filter(
    ({ needs, outcomes = [], uses = [], updates = [] }) =>
      needs.some((need) => used.has(need)) ||
      outcomes.some((heard) => heard.on === 'achieved' && used.has(heard.goal)) ||
      uses.some(({ name }) => made.has(name)) ||
      updates.some(({ dataset }) => made.has(dataset)),
  );
}

/** A light goal needs no other and uses no dataset: it can but hear of outcomes. */
const lightListeners = (goals: readonly Publication[], spans: readonly Span[]): string[] =>
  usingGoals(goals, spans)
    .filter(hasLight)
    .map(({ goal }) => goal);

const isRun = ({ execution, type }: Listed): boolean =>
  parseRunId(execution?.workflowId ?? '')?.goal === type?.name;

function stateOf({ status }: Listed): Doubt['state'] | null {
  if (status === workflowExecutionStatus.RUNNING) return 'open';
  return status === workflowExecutionStatus.COMPLETED ? 'achieved' : null;
}

function attribute({ searchAttributes: has }: Listed, name: string): string | null {
  const given = value(has?.indexedFields?.[name]);
  return typeof given === 'string' ? given : null;
}

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

const textOf = (token: Uint8Array | null | undefined): string | null =>
  token?.length ? [...token].map((byte) => byte.toString(16).padStart(2, '0')).join('') : null;
