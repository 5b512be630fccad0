// The records of many closed runs as lines of JSON, oldest first. Read no faster than the reader takes them: at most a
// slice of the list and a few histories are held, and whoever goes away stops the reading.

import type { Logger } from 'pino';
import type { RecordNote, RecordPosition } from '../../goals/wire/run-record.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { type ClosedRun, closedRuns } from '../../views/closed-runs.ts';
import { recordOf } from '../../views/run-record.ts';
import type { RunStory } from '../../views/run-view.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { inOneOrder, lightInOrder } from '../light/light-in-order.ts';
import type { LightRows } from '../light/light-rows.ts';
import { problemOfTemporal, type Temporal } from '../temporal/temporal.ts';
import { type ClosedFilter, closedQuery } from '../temporal/visibility-query.ts';

/** Histories read at once, ahead of the reader. */
const READS_AHEAD = 4;

/** The last time that can be written with four digits for the year. */
const LAST = Date.UTC(9999, 11, 31);

export interface RecordRange extends ClosedFilter {
  since: Date;
  until: Date;
  /** Of those that closed at `since`, only the ones after this execution. */
  after?: string | undefined;
  limit: number;
}

export interface RecordStream {
  temporal: Temporal;
  catalogue: Catalogue;
  light: Pick<LightRows, 'page'>;
  /** The story of a closed execution, told afresh. */
  tell(id: string, execution: string): Promise<RunStory>;
  log: Logger;
  stopping: AbortSignal;
}

/**
 * The answer: NDJSON, a record a line, in order of their closing. Its last line is a note only when it was cut, by the
 * limit or by trouble, and says how to go on. What is wrong before the first line is thrown, and answered as a problem.
 */
export async function recordsResponse(stream: RecordStream, range: RecordRange): Promise<Response> {
  const lines = linesOf(stream, range);
  const first = await lines.next();
  let begun = false;
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = begun ? await lines.next() : first;
        begun = true;
        if (done) controller.close();
        else controller.enqueue(encoder.encode(`${value}\n`));
      },
      async cancel() {
        await lines.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
}

async function* linesOf(stream: RecordStream, range: RecordRange): AsyncGenerator<string> {
  const { log, stopping } = stream;
  const position: RecordPosition = { since: range.since.toISOString(), after: range.after ?? null };
  const truncated = (reason: (RecordNote & { note: 'truncated' })['reason']): string =>
    JSON.stringify({ note: 'truncated', reason, next: position } satisfies RecordNote);
  let told = 0;
  try {
    for await (const { run, line } of ahead(found(stream, range), (run) =>
      lineOf(stream, run, range.outcome),
    )) {
      if (told === range.limit) return yield truncated('limit');
      if (stopping.aborted) return yield truncated('stopping');
      if (line !== null) {
        yield line;
        told++;
      }
      position.since = new Date(run.closedAt).toISOString();
      position.after = run.execution;
    }
  } catch (error) {
    // Nothing is sent yet: then it can still be answered for what it is.
    if (told === 0) throw error;
    log.warn({ err: error }, 'a stream of records broke off');
    yield truncated(problemOfTemporal(error) === null ? 'internal' : 'temporal_unavailable');
  }
}

async function* found(
  { temporal, catalogue, light }: RecordStream,
  range: RecordRange,
): AsyncGenerator<ClosedRun> {
  // Without goals there are no runs; nor, perhaps, the search attributes that the query speaks of.
  const goals = await catalogue.all();
  if (goals.length === 0) return;
  const { namespace } = temporal;
  const since = range.since.getTime();
  const list = closedRuns(
    (query, pageSize, nextPageToken) =>
      temporal.call((service) =>
        service.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken }),
      ),
    closedQuery(range, goals),
    Math.max(0, since),
    Math.min(LAST, range.until.getTime()),
  );
  const { goal, outcome, teams } = range;
  const span = { from: Math.max(0, since), to: Math.min(Date.now() + 1, range.until.getTime()) };
  for await (const run of inOneOrder(list, lightInOrder(light, goals, { goal, outcome, teams }, span)))
    if (run.closedAt > since || range.after === undefined || run.execution > range.after) yield run;
}

/**
 * A record, or a note that it cannot be told; null when its retention has ended since it was listed, or when its outcome
 * is another than is asked for: Temporal's status does not always tell.
 */
async function lineOf(
  { tell, log }: RecordStream,
  run: ClosedRun,
  outcome: RecordRange['outcome'],
): Promise<string | null> {
  const { id, execution, closedAt } = run;
  try {
    const story = await tell(id, execution);
    if (outcome !== undefined && story.run.outcome !== outcome) return null;
    return JSON.stringify(recordOf(story));
  } catch (error) {
    if (isNotFound(error)) return null;
    if (problemOfTemporal(error) !== null) throw error;
    log.error({ err: error, run: id, execution }, 'the record of this run cannot be told');
    const note: RecordNote = {
      note: 'untold',
      run: id,
      execution,
      closedAt: new Date(closedAt).toISOString(),
    };
    return JSON.stringify(note);
  }
}

/** The work on each run, in order, begun a few runs ahead of whoever takes it. */
async function* ahead(
  runs: AsyncGenerator<ClosedRun>,
  work: (run: ClosedRun) => Promise<string | null>,
): AsyncGenerator<{ run: ClosedRun; line: string | null }> {
  const begun: { run: ClosedRun; line: Promise<string | null> }[] = [];
  try {
    for (let isMore = true; ; ) {
      while (isMore && begun.length < READS_AHEAD) {
        const { done, value: run } = await runs.next();
        if (done) {
          isMore = false;
          break;
        }
        const line = work(run);
        // Whoever takes it hears of its error; nobody may, when the reader has gone.
        line.catch(() => {});
        begun.push({ run, line });
      }
      const next = begun.shift();
      if (next === undefined) return;
      yield { run: next.run, line: await next.line };
    }
  } finally {
    await runs.return(undefined);
  }
}
