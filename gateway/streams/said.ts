// What a stream says: one of the events of the HTML standard, as bytes that all who watch the same thing share.

import { createHash } from 'node:crypto';

/** What is so at a moment. Whoever watches needs only the latest. */
export interface Said {
  /** Names the state that it shows, at every gateway; null when it shows none. */
  id: string | null;
  bytes: Uint8Array<ArrayBuffer>;
  /** Nothing comes after it. */
  isLast: boolean;
}

const encoder = new TextEncoder();

/** A comment, which readers pass over. */
export const comment = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(`: ${text}\n\n`);

/** After how many milliseconds a reader that lost the stream comes back. */
export const retry = (ms: number): Uint8Array<ArrayBuffer> => encoder.encode(`retry: ${ms}\n\n`);

interface StreamEvent {
  event: string;
  id?: string;
  /** As JSON, which has no line break of its own. */
  data: unknown;
}

/** Several events, of which `id` is that of the state that they show. */
export const saying = (id: string | null, events: readonly StreamEvent[], isLast = false): Said => ({
  id,
  bytes: encoder.encode(events.map(eventText).join('')),
  isLast,
});

const eventText = ({ event, id, data }: StreamEvent): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

/** Temporal does not answer; a state after it says that it does again. */
export const AWAY: Said = saying(null, [{ event: 'away', data: { code: 'temporal_unavailable' } }]);

/** The same of the same data, at every gateway and after every restart. */
export const digestOf = (data: unknown): string =>
  createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 16);
