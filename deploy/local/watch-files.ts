// Files that are watched for a save. The folders are watched rather than the files: most editors save by putting a new file
// in the place of the old one.

import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';

/** Editors write several times to save once, and several files at once. */
const QUIET_MS = 100;

export interface WatchedFiles {
  /** Watches these instead. A file that has changed since it was last looked at counts as changed. */
  watch(files: readonly string[]): void;
  /** Resolves with true once a file was saved, added or removed and 100 ms are quiet; with false once stopped. */
  next(): Promise<boolean>;
  stop(): void;
}

/** Watches files, and what is added to or removed from folders. */
export function watchFiles(files: readonly string[], folders: readonly string[]): WatchedFiles {
  const watchers = new Map<string, FSWatcher>();
  let marks = new Map<string, string>();
  let changed = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let wake: () => void = () => undefined;

  const noticed = (): void => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      wake();
    }, QUIET_MS);
  };
  const look = (path: string): void => {
    const mark = markOf(path);
    if (!marks.has(path) || marks.get(path) === mark) return;
    marks.set(path, mark);
    noticed();
  };
  const lookIn = (folder: string): void => {
    for (const path of marks.keys()) if (dirname(path) === folder) look(path);
  };
  const watchFolder = (folder: string): void => {
    if (watchers.has(folder)) return;
    try {
      const watcher = watch(folder, (_, name) => {
        if (name === null) lookIn(folder);
        else look(join(folder, name));
      });
      // A folder that is removed: its files are noticed when the next check does not find them.
      watcher.on('error', () => lookIn(folder));
      watchers.set(folder, watcher);
    } catch {
      // It is not there: its parent, if anything is in it, is watched.
    }
  };
  const self: WatchedFiles = {
    watch(now) {
      if (stopped) return;
      const before = marks;
      // What is not there may come: a goals.ts, a config.
      const places = folders.flatMap((folder) => PLACES.map((name) => join(folder, name)));
      marks = new Map([...now, ...places].map((path) => [path, before.get(path) ?? markOf(path)]));
      const wanted = new Set([...marks.keys()].map((path) => dirname(path)));
      for (const [folder, watcher] of watchers)
        if (!wanted.has(folder)) {
          watcher.close();
          watchers.delete(folder);
        }
      for (const folder of wanted) watchFolder(folder);
      // Saved while the last check ran, or before the folder was watched.
      for (const path of marks.keys()) look(path);
    },
    async next() {
      while (!stopped && !(changed && timer === undefined))
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      changed = false;
      return !stopped;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
      wake();
    },
  };
  self.watch(files);
  return self;
}

/** What a project may have, and what changes it when it comes. */
const PLACES = ['goals', 'jobs', 'plugins', 'goalkeeper.config'].flatMap((name) =>
  ['ts', 'mts', 'js', 'mjs'].map((extension) => `${name}.${extension}`),
);

function markOf(path: string): string {
  const known = statSync(path, { throwIfNoEntry: false });
  return known === undefined ? 'none' : `${known.mtimeMs} ${known.size} ${known.ino}`;
}
