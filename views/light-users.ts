// Light runs that outcomes started, a page at a time: no list has them, so the hosts of the goals that hear of outcomes are looked through.

import type { temporal } from '@temporalio/proto';
import { LIGHT_HOST, lightHostPrefix } from '../goals/wire/names.ts';
import type { ListPage } from './closed-runs.ts';
import { hostIn, type LightRunFacts } from './light-run.ts';
import { LightUpdates } from './light-updates.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** Hosts of one page: the history of one has some thousand events. */
const HOSTS = 4;
/** What one costs, in histories of ordinary runs. */
const READ = 25;

/** What hears of which runs: light goals by their names, and runs by their IDs. */
export interface LightListening {
  goals: readonly string[];
  runs: ReadonlySet<string>;
  /** Of hosts that closed before nothing is wanted; in milliseconds since 1970. */
  since: number;
}

export interface HostSource {
  list: ListPage;
  events(id: string, execution: string): Promise<readonly Event[] | null>;
}

/** The achieved ones that these runs' outcomes started; `underWay`: how many more may be. */
export async function lightRunsStartedBy(
  source: HostSource,
  { goals, runs, since }: LightListening,
  token: Uint8Array | null,
): Promise<{ runs: LightRunFacts[]; underWay: number; next: Uint8Array | null; read: number }> {
  const prefixes = goals.map((goal) => `WorkflowId STARTS_WITH '${lightHostPrefix(goal)}'`).join(' OR ');
  const query = `WorkflowType = '${LIGHT_HOST}' AND (${prefixes}) AND (ExecutionStatus = 'Running' OR CloseTime >= '${new Date(since).toISOString()}')`;
  const page = await source.list(query, HOSTS, token);
  const found: LightRunFacts[] = [];
  let underWay = 0;
  const isStartedBy = ({ why }: LightRunFacts['ask']): boolean =>
    why.kind === 'outcome' && why.ref !== null && runs.has(why.ref);
  for (const { execution, closeTime } of page.executions ?? []) {
    const events = (await source.events(execution?.workflowId ?? '', execution?.runId ?? '')) ?? [];
    const host = hostIn(events[0]);
    if (host === null) continue;
    const updates = new LightUpdates();
    for (const run of updates.add(events)) if (isStartedBy(run.ask)) found.push({ ...host, ...run });
    // What a host left that was ended goes on as ordinary runs.
    if (!closeTime) underWay += updates.unanswered.filter(isStartedBy).length;
  }
  const next = page.nextPageToken?.length ? page.nextPageToken : null;
  return { runs: found, underWay, next, read: READ * (page.executions ?? []).length };
}
