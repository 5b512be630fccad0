// Records posted to a URL, in the manner of Standard Webhooks: at least once each, with the execution as `webhook-id`, by
// which the receiver knows a record that it has already.

import { ApplicationFailure } from '@temporalio/activity';
import { countOfMarks } from '../../../goals/wire/mark-record.ts';
import { postSigned, webhookHeaders } from '../../post-signed.ts';
import type { RecordSink } from '../record-sink.ts';

const TIMEOUT_MS = 10_000;
/** With these a receiver says that it will never take this one record, while it may take all others. */
const NEVER = [413, 422];

export const webhookSink = (url: URL, key: Buffer | null, timeoutMs = TIMEOUT_MS): RecordSink => {
  const post = async (id: string, message: object, signal: AbortSignal): Promise<'kept' | 'refused'> => {
    const body = JSON.stringify(message);
    const headers = webhookHeaders(id, new Date(), body, key);
    const { status, retry } = await postSigned({ url, body, headers, signal, withinMs: timeoutMs }).catch(
      (error: Error) => {
        throw new Error(`no answer from ${url.host}: ${error.message}`);
      },
    );
    if (status >= 200 && status < 300) return 'kept';
    if (NEVER.includes(status)) return 'refused';
    throw ApplicationFailure.create({
      type: 'RecordNotKept',
      message: `${url.host} answered ${status}`,
      ...retry,
    });
  };
  return {
    kind: 'webhook',
    open: async () => undefined,
    has: async () => false,
    write: (run, record, signal) =>
      post(
        run.execution,
        { type: 'run.closed', timestamp: new Date(run.closedAt).toISOString(), data: record },
        signal,
      ),
    // Marks are only added: a receiver tells by their number those that it has already.
    mark: (marks, signal) =>
      post(
        `${marks.execution}.marks-${countOfMarks(marks)}`,
        { type: 'run.marked', timestamp: new Date().toISOString(), data: marks },
        signal,
      ),
    async forget({ run, message }, signal) {
      const timestamp = new Date().toISOString();
      const word = { type: 'run.deleted', timestamp, data: { deleted: run } };
      return (await post(message, word, signal)) === 'kept' ? null : 'refused';
    },
  };
};
