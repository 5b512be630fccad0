// Whole logs of attempts, read from where workers keep them: some chunks at a time, whatever a run has written.

import proto from '@temporalio/proto';
import { z } from 'zod';
import {
  isOfAttempts,
  type KeptLine,
  keptLineSchema,
  type WhichAttempts,
  writtenAt,
} from '../../goals/wire/kept-logs.ts';
import type { LogStore } from '../../process/log-store.ts';
import { logsLink } from '../../process/logs-from.ts';
import { openAll, type Sealing } from '../../process/sealing/sealing.ts';

const { Payload: PayloadProto } = proto.temporal.api.common.v1;

/** Where whole logs are. */
export interface LogPlaces {
  store: LogStore | null;
  /** The template of an address in a team's own system. */
  link: string | null;
}

/** Names that are listed at once, and bytes of chunks from which on a page is full. */
const NAMES = 1000;
const PAGE_BYTES = 512 * 1024;
/** A chunk that another worker began to write before may still come: so long nobody reads past it. */
const SETTLED_MS = 1500;

export interface LogPage {
  items: KeptLine[];
  /** The last chunk that was looked at; null where there was none. */
  last: string | null;
  /** Whether there are chunks after it by now. */
  isMore: boolean;
}

export interface LogReader {
  readonly isKept: boolean;
  link(run: string, which: WhichAttempts): string | null;
  /** The page after that chunk. */
  page(run: string, which: WhichAttempts, after: string | null): Promise<LogPage>;
}

export function logReader({ store, link }: LogPlaces, namespace: string, sealing: Sealing): LogReader {
  return {
    isKept: store !== null,
    link: (run, { step, attempt }) =>
      link === null
        ? null
        : logsLink(link, {
            run,
            ...(step !== undefined && { step }),
            ...(attempt !== undefined && { attempt: String(attempt) }),
          }),
    async page(run, which, after) {
      const of = { namespace, run };
      const listed = (await store?.list(of, after, NAMES)) ?? [];
      const settled = Date.now() - SETTLED_MS;
      const names = listed.filter((name) => writtenAt(name) < settled);
      const items: KeptLine[] = [];
      let last = after;
      let bytes = 0;
      for (const name of names) {
        if (bytes > PAGE_BYTES) return { items, last, isMore: true };
        last = name;
        if (!isOfAttempts(name, which)) continue;
        const chunk = await store?.read(of, name);
        if (!chunk) continue;
        bytes += chunk.length;
        items.push(...(await linesIn(chunk, namespace, sealing)));
      }
      return { items, last, isMore: names.length === NAMES };
    },
  };
}

/** The lines of a chunk; none where it cannot be opened. */
async function linesIn(chunk: Uint8Array, namespace: string, sealing: Sealing): Promise<KeptLine[]> {
  const { metadata, data } = PayloadProto.decode(chunk);
  const [opened] = await openAll(sealing, namespace, [{ metadata, data }]);
  try {
    const told: unknown = JSON.parse(new TextDecoder().decode(opened?.data ?? new Uint8Array()));
    return z.array(keptLineSchema).safeParse(told).data ?? [];
  } catch {
    return [];
  }
}
