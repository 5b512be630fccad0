// Lineage posted to a server that takes OpenLineage events, such as Marquez: both events of each closed run, at least once.

import { ApplicationFailure } from '@temporalio/activity';
import { lineageEvents } from '../../../views/open-lineage.ts';
import { postSigned } from '../../post-signed.ts';
import type { RecordSink } from '../record-sink.ts';

const TIMEOUT_MS = 10_000;
/** With these a receiver says that it will never take this event, while it may take all others. */
const NEVER = [413, 422];

/** `key`: the API key of the server, where it wants one. */
export const openLineageSink = (
  url: URL,
  namespace: string,
  key: string | null,
  timeoutMs = TIMEOUT_MS,
): RecordSink => ({
  kind: 'openlineage',
  open: async () => undefined,
  has: async () => false,
  async write(_, record, signal) {
    const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
    for (const event of lineageEvents(record, namespace)) {
      const body = JSON.stringify(event);
      const { status, retry } = await postSigned({ url, body, headers, signal, withinMs: timeoutMs }).catch(
        (error: Error) => {
          throw new Error(`no answer from ${url.host}: ${error.message}`);
        },
      );
      if (NEVER.includes(status)) return 'refused';
      if (status < 200 || status >= 300)
        throw ApplicationFailure.create({
          type: 'RecordNotKept',
          message: `${url.host} answered ${status}`,
          ...retry,
        });
    }
    return 'kept';
  },
  // OpenLineage has no event by which a run is forgotten.
  forget: async () => 'refused',
});
