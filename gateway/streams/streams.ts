// All streams of a gateway: how many there may be, and the answer that each is.

import type { ServerResponse } from 'node:http';
import type { Context } from 'hono';
import { Problem } from '../http/problems.ts';
import { EventStream } from './event-stream.ts';
import { type Follow, type Hubs, hubsOf } from './hubs.ts';

export interface StreamBounds {
  /** How many streams a gateway has at once. Temporal lets a namespace have about a thousand long polls, and a stream may be one. */
  most: number;
  /** How many of them one caller has: a name that is verified, or else an address, which many may share. */
  mostOfName: number;
  mostOfAddress: number;
  /** How many bytes wait at once for readers that do not read. */
  mostQueued: number;
  /** How often a comment keeps the connection, in milliseconds. */
  pingMs: number;
}

const BOUNDS: StreamBounds = {
  most: 200,
  mostOfName: 10,
  mostOfAddress: 100,
  mostQueued: 4 * 1024 * 1024,
  pingMs: 15_000,
};

/** Who opens a stream. */
export interface Viewer {
  /** Verified; null where nobody knows. */
  name: string | null;
  /** Whether it may still look: asked anew while the stream is open. */
  mayStill(): Promise<boolean>;
}

export interface Streams {
  /** Answers with the events of what `key` names, which `follow` follows for all who watch it; with 204 when the reader has the last. */
  answer(c: Context, viewer: Viewer, key: string, follow: Follow): Promise<Response>;
  /** How many are open, and how many things they follow. */
  count(): { open: number; followed: number };
}

export interface StreamsDeps {
  /** Aborted when the gateway stops. */
  stopping: AbortSignal;
  bounds?: Partial<StreamBounds> | undefined;
  /** Hears of an error that ends a thing that is watched. */
  onTrouble(error: unknown, key: string): void;
}

const HEADERS = {
  'content-type': 'text/event-stream',
  // Neither held back nor packed by whatever stands between: nginx heeds the one, others the other.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

export function streamsOf({ stopping, bounds, onTrouble }: StreamsDeps): Streams {
  const { most, mostOfName, mostOfAddress, mostQueued, pingMs } = { ...BOUNDS, ...bounds };
  const hubs: Hubs = hubsOf(onTrouble);
  const open = new Map<string, number>();
  let total = 0;
  let held = 0;
  const queued = {
    add(bytes: number): boolean {
      held += bytes;
      return bytes <= 0 || held <= mostQueued;
    },
  };

  function enter(c: Context, name: string | null): () => void {
    const caller = name === null ? `address ${addressOf(c)}` : `name ${name}`;
    const of = open.get(caller) ?? 0;
    if (of >= (name === null ? mostOfAddress : mostOfName))
      throw new Problem('caller_streams_full', `You have ${of} streams open already. Close one first.`, {
        headers: { 'retry-after': '1' },
      });
    if (total >= most)
      throw new Problem('streams_full', `This gateway has ${total} streams open already.`, {
        headers: { 'retry-after': '1' },
      });
    total++;
    open.set(caller, of + 1);
    return () => {
      total--;
      const left = (open.get(caller) ?? 1) - 1;
      if (left > 0) open.set(caller, left);
      else open.delete(caller);
    };
  }

  return {
    count: () => ({ open: total, followed: hubs.size }),
    async answer(c, { name, mayStill }, key, follow) {
      // Nobody would read its body, nor cancel it.
      if (c.req.method === 'HEAD') return new Response(null, { headers: HEADERS });
      const exit = enter(c, name);
      const lastEventId = c.req.header('last-event-id') ?? null;
      let leave = (): void => undefined;
      const stream = new EventStream({
        ...{ gone: c.req.raw.signal, stopping, lastEventId, pingMs, queued, mayStill },
        cut: () => (c.env as { outgoing?: ServerResponse }).outgoing?.destroy(),
        onEnd() {
          exit();
          leave();
        },
      });
      try {
        const watched = await hubs.watch(key, follow, stream);
        leave = watched.leave;
        if (stream.isOver) leave();
        if (watched.said.isLast && watched.said.id === lastEventId) {
          await stream.body.cancel();
          return new Response(null, { status: 204 });
        }
        // What was the first for others is the first for this one too.
        stream.said(watched.said);
        return new Response(stream.body, { headers: HEADERS });
      } catch (error) {
        await stream.body.cancel();
        throw error;
      }
    },
  };
}

const addressOf = (c: Context): string =>
  (c.env as { incoming?: { socket: { remoteAddress?: string } } }).incoming?.socket.remoteAddress ?? '';
