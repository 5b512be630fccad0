// A hub follows one thing for all who watch it: the first who comes begins it, the last who goes ends it.
//
// hubs.1. One thing is followed at most once at a time.
// hubs.2. Nothing is followed that nobody watches.

import type { Said } from './said.ts';

/**
 * Follows something until it has ended or the signal is aborted, and says each state of it; the same again is not passed on. What it throws before it has said
 * anything is thrown to all who wait for that.
 */
export type Follow = (say: (said: Said) => void, signal: AbortSignal) => Promise<void>;

export interface Watcher {
  said(said: Said): void;
  /** Nothing more comes, though nothing was the last: whoever watches may come again. */
  ended(): void;
}

export interface Hubs {
  /** Watches until `leave` is called; resolves once there is something to say. */
  watch(key: string, follow: Follow, watcher: Watcher): Promise<{ said: Said; leave: () => void }>;
  /** How many things are followed. */
  readonly size: number;
}

interface Hub {
  watchers: Set<Watcher>;
  latest: Said | null;
  end: AbortController;
  /** Resolves with the first that is said. Never rejects unheard. */
  first: Promise<Said>;
}

/** `onTrouble` hears of an error that ends a thing that is watched. */
export function hubsOf(onTrouble: (error: unknown, key: string) => void): Hubs {
  const hubs = new Map<string, Hub>();

  function forget(key: string, hub: Hub): void {
    if (hubs.get(key) === hub) hubs.delete(key);
  }

  function begin(key: string, follow: Follow): Hub {
    const end = new AbortController();
    const { promise: first, resolve, reject } = withResolvers<Said>();
    first.catch(() => undefined);
    const hub: Hub = { watchers: new Set(), latest: null, end, first };
    // hubs.1
    hubs.set(key, hub);
    const say = (said: Said): void => {
      if (said === hub.latest) return;
      hub.latest = said;
      resolve(said);
      // Whoever is told may leave.
      for (const watcher of [...hub.watchers]) watcher.said(said);
    };
    follow(say, end.signal)
      .catch((error: unknown) => {
        reject(error);
        if (hub.latest !== null && !end.signal.aborted) onTrouble(error, key);
      })
      .finally(() => {
        forget(key, hub);
        reject(new Error(`nothing was said of ${key}`));
        for (const watcher of [...hub.watchers]) watcher.ended();
      });
    return hub;
  }

  return {
    get size() {
      return hubs.size;
    },
    async watch(key, follow, watcher) {
      const hub = hubs.get(key) ?? begin(key, follow);
      hub.watchers.add(watcher);
      const leave = (): void => {
        hub.watchers.delete(watcher);
        if (hub.watchers.size > 0) return;
        // hubs.2; whoever comes now begins another, as this one is ending.
        forget(key, hub);
        hub.end.abort();
      };
      try {
        await hub.first;
      } catch (error) {
        leave();
        throw error;
      }
      return { said: hub.latest as Said, leave };
    },
  };
}

/** As `Promise.withResolvers`, which Node 20 has not. */
function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((...given) => {
    [resolve, reject] = given;
  });
  return { promise, resolve, reject };
}
