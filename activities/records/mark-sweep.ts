// Tells a sink of records which runs were marked since: retracted, or in doubt. A run that has a mark is listed by a workflow beside it, which
// is begun anew with each mark.
//
// mark-sweep.1. A mark is offered until the sink has taken it. The run itself may be gone by then: the workflows beside it say what it was marked as.
// mark-sweep.2. Marks of a run that was deleted meanwhile are forgotten again.

import type { Logger } from 'pino';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { type MarkRecord, markRecordSchema } from '../../goals/wire/mark-record.ts';
import {
  annotationsPrefix,
  executionOfTagged,
  runOfTagged,
  searchAttributes,
  TAGGED,
} from '../../goals/wire/names.ts';
import type { MarkSweepState } from '../../goals/wire/record-sweep.ts';
import { markTag, runMarks } from '../../goals/wire/retraction.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { RECORD_VERSION } from '../../goals/wire/run-record.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { annotationIn, withAnnotations } from '../../views/annotations.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import type { RecordSink } from './record-sink.ts';
import { OVERLAP_MS, type SweepSource } from './sweep.ts';

const PAGE = 200;
/** Workflows that are remembered as done with, and those of them that are handed on to another worker. */
const [SEEN, RECENT] = [100_000, 1_000];

const MARKED = `WorkflowType = '${TAGGED}' AND ExecutionStatus = 'Running' AND ${searchAttributes.tags} IN (${runMarks
  .map((mark) => `'${markTag(mark)}'`)
  .join(', ')})`;

export type MarkSink = Required<Pick<RecordSink, 'kind' | 'mark' | 'forget'>>;

export class MarkSweep {
  /** Replaced, never changed: what was handed out stays as it was. */
  state: MarkSweepState = { watermark: 0, recent: [] };
  readonly #seen = new Set<string>();
  readonly #sink: MarkSink;
  readonly #log: Logger;

  constructor(sink: MarkSink, log: Logger) {
    this.#sink = sink;
    this.#log = log;
  }

  goOn(state: MarkSweepState): void {
    if (state.recent.length === 0) this.#seen.clear();
    this.state = state;
    for (const listing of state.recent) this.#done(listing);
  }

  /** One look. Temporal lists what began last first: so the watermark moves once all of it was told. */
  async look(source: SweepSource, isOver: () => boolean, signal: AbortSignal): Promise<void> {
    let last = this.state.watermark;
    const since = new Date(Math.max(0, last - OVERLAP_MS)).toISOString();
    let token: Uint8Array | null | undefined = null;
    do {
      const page: Awaited<ReturnType<SweepSource['list']>> = await source.list(
        `${MARKED} AND StartTime >= '${since}'`,
        PAGE,
        token,
      );
      for (const { execution, startTime } of page.executions ?? []) {
        if (isOver()) return;
        const [id, listing] = [execution?.workflowId ?? '', execution?.runId ?? ''];
        last = Math.max(last, millisecondsOf(startTime) ?? 0);
        if (this.#seen.has(listing)) continue;
        // mark-sweep.1: it throws where the sink has not taken the mark.
        await this.#tell(source, id, signal);
        this.#done(listing);
        this.state = { ...this.state, recent: [...this.state.recent, listing].slice(-RECENT) };
      }
      token = page.nextPageToken;
    } while (token?.length);
    this.state = { ...this.state, watermark: last };
  }

  #done(listing: string): void {
    this.#seen.add(listing);
    if (this.#seen.size > SEEN) this.#seen.delete(this.#seen.values().next().value as string);
  }

  async #tell(source: SweepSource, listed: string, signal: AbortSignal): Promise<void> {
    const [run, execution] = [runOfTagged(listed), executionOfTagged(listed)];
    const marks = await marksOf(source, run, execution);
    if (marks === null) return;
    if ((await this.#sink.mark(marks, signal)) === 'refused') {
      this.#log.error({ run, execution, sink: this.#sink.kind }, 'the sink refuses these marks for good');
      return;
    }
    const { goal } = marks;
    // mark-sweep.2
    if (await source.isGone({ id: listed, execution: '' }))
      await this.#sink.forget({ run, goal, team: null, message: `${execution}.marks-deleted` }, signal);
  }
}

type Marked = Pick<Run, 'retracted' | 'inDoubt' | 'tags' | 'notes'>;

/** What the histories of the run, and of the workflow beside it, say of its marks; null where that is nothing. */
async function marksOf(source: SweepSource, run: string, execution: string): Promise<MarkRecord | null> {
  const goal = parseRunId(run)?.goal;
  if (goal === undefined) return null;
  // A light run is marked beside its host's history alone.
  const isLight = parseLightExecution(execution) !== null;
  const own = isLight ? [] : ((await source.events({ id: run, execution })) ?? []);
  const later = (await source.events({ id: `${annotationsPrefix(run)}${execution}`, execution: '' })) ?? [];
  const annotations = [...own, ...later].flatMap((event) => annotationIn(event) ?? []);
  const { retracted, inDoubt } = withAnnotations<Marked>({}, annotations);
  if (retracted === undefined && inDoubt === undefined) return null;
  return markRecordSchema.parse({ version: RECORD_VERSION, run, execution, goal, retracted, inDoubt });
}
