// The lines that Temporal's SDK logs of replays are not the log's: each miss is in the report of who replays.

/** Name of the workers that replay; the SDK makes the name of a queue of it. */
export const REPLAY_NAME = 'gk-replay';

let replaying = 0;

/** While `work` goes on, and a moment longer, what Temporal's native part says of tasks is not logged. */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  replaying++;
  try {
    return await work();
  } finally {
    // The native part hands its lines over every few milliseconds.
    setTimeout(() => replaying--, 200).unref();
  }
}

/** Whether a line of the SDK is about a replay. */
export const isOfReplay = (meta: Record<string | symbol, unknown>): boolean =>
  String(meta.taskQueue ?? meta.task_queue ?? '').startsWith(REPLAY_NAME) ||
  (replaying > 0 && meta.sdkComponent === 'core');
