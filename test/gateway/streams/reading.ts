// A reader of server-sent events over real HTTP, as a program has it.

import { expect } from 'vitest';

export interface ReadEvent {
  event: string;
  id: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the gateway says is looked at by the tests
  data: any;
}

export interface Reading {
  status: number;
  headers: Headers;
  /** What has come so far, oldest first. */
  events: ReadEvent[];
  comments: string[];
  /** Resolves with the first event, after those that were waited for before, that is as it should be. */
  next(isIt: (event: ReadEvent) => boolean): Promise<ReadEvent>;
  /** Resolves when the stream has ended: true when in order. */
  ended: Promise<boolean>;
  close(): void;
}

/** Opens a stream; `lastEventId` is what the reader had before. */
export async function reading(
  url: string,
  lastEventId?: string,
  more: Record<string, string> = {},
): Promise<Reading> {
  const stop = new AbortController();
  const response = await fetch(url, {
    signal: stop.signal,
    headers: { ...more, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
  });
  const events: ReadEvent[] = [];
  const comments: string[] = [];
  let at = 0;

  const read = async (): Promise<void> => {
    let text = '';
    for await (const part of (response.body ?? new ReadableStream({ start: (c) => c.close() })).pipeThrough(
      new TextDecoderStream(),
    )) {
      text += part;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = new Map(
          block.split('\n').map((line) => [line.replace(/:.*$/s, ''), line.replace(/^[^:]*: ?/, '')]),
        );
        if (fields.has('')) comments.push(fields.get('') ?? '');
        if (fields.has('data'))
          events.push({
            event: fields.get('event') ?? '',
            id: fields.get('id') ?? '',
            data: JSON.parse(fields.get('data') ?? ''),
          });
      }
    }
  };
  const ended = read().then(
    () => true,
    () => false,
  );

  return {
    ...{ status: response.status, headers: response.headers, events, comments, ended },
    async next(isIt) {
      const find = (): number => events.findIndex((event, i) => i >= at && isIt(event));
      await expect.poll(find).toBeGreaterThanOrEqual(0);
      at = find() + 1;
      return events[at - 1] as ReadEvent;
    },
    close: () => stop.abort(),
  };
}
