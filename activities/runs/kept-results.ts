// The activities by which a resumed run reads what an earlier execution did, and notes what it took of it.

import { ApplicationFailure, Context } from '@temporalio/activity';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import type { KeptPage, KeptRequest, KeptResult, Taken } from '../../goals/wire/resume.ts';
import { MAY_BE_STORED_BYTES } from '../../goals/wire/stored.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { keptBy, knownSteps } from '../../views/known-steps.ts';
import { withStored } from '../storage/with-stored.ts';

/** Of JSON, unless one result alone has more, which then lies outside of the history. */
const PAGE_BYTES = MAY_BE_STORED_BYTES - 32 * 1024;

/** What was read last: its next page is asked for a moment later, by the same run. A closed history never changes. */
let last: { key: string; results: Promise<KeptResult[]> } | null = null;

/** A page of the results that the run keeps of an earlier execution of itself. A local activity. */
export async function keptResults({ from, exclude, at }: KeptRequest): Promise<KeptPage> {
  const id = Context.current().info.workflowExecution?.workflowId as string;
  const key = JSON.stringify([id, from, exclude]);
  if (last?.key !== key) last = { key, results: readResults(id, from, exclude) };
  const reading = last;
  try {
    const page = pageOf(await reading.results, at);
    if (page.next === null && last === reading) last = null;
    return page;
  } catch (error) {
    if (last === reading) last = null;
    throw error;
  }
}

async function readResults(id: string, from: string, exclude: string[]): Promise<KeptResult[]> {
  const { client } = Context.current();
  const steps = await knownSteps(from, async (execution) => {
    try {
      const { events } = await client.workflow.getHandle(id, execution).fetchHistory();
      const { externalStorage, payloadCodecs } = client.options.loadedDataConverter;
      return await withStored(events ?? [], externalStorage, payloadCodecs);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw ApplicationFailure.nonRetryable(
        `Temporal has no history of ${execution} (any more)`,
        'HistoryGone',
      );
    }
  });
  const kept = keptBy(steps, { exclude, supply: [] }, from);
  return kept.map(({ step: _, result, ...rest }) => ({ ...rest, output: result.output }));
}

function pageOf(results: readonly KeptResult[], at: number): KeptPage {
  let end = at;
  for (let bytes = 0; end < results.length; end++) {
    bytes += jsonBytes(results[end]);
    if (end > at && bytes > PAGE_BYTES) break;
  }
  return { results: results.slice(at, end), next: end < results.length ? end : null };
}

/** Writes into the history which steps took a kept result: the result of a local activity is an event. */
export const keptSteps = async (taken: Taken): Promise<Taken> => taken;
