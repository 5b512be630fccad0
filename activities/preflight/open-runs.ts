// The open workflows of a queue, a bounded number of each type: the newest and the oldest, because code changes between the two.

import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { RecordedRun } from './recorded-run.ts';

/** A queue with no more open workflows than this is read by one list, whatever their types. */
const ONE_LIST = 1_000;

/** Different types that one queue is asked for. */
const TYPES_LIMIT = 500;

export interface ListedRun {
  goal: string;
  run: string;
  execution: string;
  startedAt: number;
}

export interface OpenOfGoal {
  goal: string;
  /** How many are open. */
  open: number;
  /** The newest and the oldest of them. */
  sampled: readonly ListedRun[];
}

/** Those that go on by the code of whichever version is current. */
const UNPINNED =
  "(TemporalWorkflowVersioningBehavior IS NULL OR TemporalWorkflowVersioningBehavior != 'Pinned')";

/** What is open on a queue, by workflow type, with up to `sample` of each: of all runs, or without those that are pinned. */
export async function openOnQueue(
  client: Client,
  queue: string,
  sample: number,
  which: 'all' | 'unpinned' = 'all',
): Promise<OpenOfGoal[]> {
  const open = `TaskQueue = '${quoted(queue)}' AND ExecutionStatus = 'Running'`;
  const onQueue = which === 'all' ? open : `${open} AND ${UNPINNED}`;
  const first = await list(client, onQueue, ONE_LIST + 1);
  if (first.length <= ONE_LIST)
    return [...new Set(first.map(({ goal }) => goal))].map((goal) => {
      const runs = first.filter((run) => run.goal === goal);
      return { goal, open: runs.length, sampled: endsOf(runs, sample) };
    });
  const found: OpenOfGoal[] = [];
  for (const goal of await typesOn(client, onQueue, first))
    found.push(await sampleOf(client, `${onQueue} AND WorkflowType = '${quoted(goal)}'`, goal, sample));
  return found;
}

/** The history of a workflow; null when Temporal no longer has it. */
export async function recorded(
  client: Client,
  { goal, run, execution }: ListedRun,
): Promise<RecordedRun | null> {
  try {
    return { goal, run, execution, history: await client.workflow.getHandle(run, execution).fetchHistory() };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

const newestFirst = (runs: readonly ListedRun[]): ListedRun[] =>
  [...runs].sort((a, b) => b.startedAt - a.startedAt);

function endsOf(runs: readonly ListedRun[], sample: number): ListedRun[] {
  const sorted = newestFirst(runs);
  if (sorted.length <= sample) return sorted;
  const newest = Math.ceil(sample / 2);
  return [...sorted.slice(0, newest), ...(sample > newest ? sorted.slice(newest - sample) : [])];
}

async function typesOn(client: Client, onQueue: string, known: readonly ListedRun[]): Promise<string[]> {
  const types = new Set(known.map(({ goal }) => goal));
  while (types.size < TYPES_LIMIT) {
    const others = [...types].map((type) => `WorkflowType != '${quoted(type)}'`).join(' AND ');
    const [other] = await list(client, `${onQueue} AND ${others}`, 1);
    if (other === undefined) break;
    types.add(other.goal);
  }
  return [...types];
}

async function sampleOf(client: Client, query: string, goal: string, sample: number): Promise<OpenOfGoal> {
  const { count: open } = await client.workflow.count(query);
  if (open <= sample) return { goal, open, sampled: newestFirst(await list(client, query, sample)) };
  // Lists come newest first.
  const newest = await list(client, query, Math.ceil(sample / 2));
  const until = await untilOldest(client, query, sample);
  const oldest = await list(client, `${query} AND StartTime <= '${new Date(until).toISOString()}'`, sample);
  const seen = new Set(newest.map(({ execution }) => execution));
  const others = newestFirst(oldest.filter(({ execution }) => !seen.has(execution)));
  const room = sample - newest.length;
  return { goal, open, sampled: [...newest, ...(room > 0 ? others.slice(-room) : [])] };
}

/** A time before which about `sample` of them began: lists cannot begin with the oldest, so it is found by counting. */
async function untilOldest(client: Client, query: string, sample: number): Promise<number> {
  let [before, until] = [0, Date.now()];
  while (until - before > 1) {
    const middle = Math.floor((before + until) / 2);
    const { count } = await client.workflow.count(
      `${query} AND StartTime <= '${new Date(middle).toISOString()}'`,
    );
    if (count > sample) until = middle;
    else if (count * 2 >= sample) return middle;
    else before = middle;
  }
  return until;
}

async function list(client: Client, query: string, limit: number): Promise<ListedRun[]> {
  const found: ListedRun[] = [];
  for await (const { type, workflowId, runId, startTime } of client.workflow.list({
    query,
    pageSize: Math.min(limit, 500),
  })) {
    found.push({ goal: type, run: workflowId, execution: runId, startedAt: startTime.getTime() });
    if (found.length === limit) break;
  }
  return found;
}

const quoted = (text: string): string => text.replaceAll("'", "''");
