// The worker bounds here how long a job may take, also one that ignores its signal.

import { AttemptFault } from '../../goals/attempt-fault.ts';
import { timedOut } from './classify.ts';

/** How long a timed-out attempt may take to notice, before the next one begins beside it, where its runner says nothing. */
export const TIMEOUT_GRACE_MS = 1000;

/** How long a cancelled attempt may take to clean up. */
const CANCEL_GRACE_MS = 8000;

/** Node's timers go no further. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How long a job may take to end once its signal is aborted. What can kill a job does so a little earlier. */
export const graceAfter = (signal: AbortSignal): number =>
  signal.reason instanceof AttemptFault ? TIMEOUT_GRACE_MS : CANCEL_GRACE_MS;

/**
 * The work's own end, or a timeout, or the cancellation. What hangs is left behind after a grace, and what it does
 * later is nobody's any more.
 */
export async function withTimeout(
  work: Promise<unknown>,
  timeoutMs: number,
  timeout: AbortController,
  cancellation: AbortSignal,
  graceMs: number,
): Promise<unknown> {
  work.catch(() => undefined);
  const timers: Timer[] = [];
  const after = (ms: number) =>
    new Promise<'late'>((resolve) => timers.push(timer(ms, () => resolve('late'))));
  let onCancelled = (): void => undefined;
  const cancelled = new Promise<'cancelled'>((resolve) => {
    onCancelled = () => resolve('cancelled');
    if (cancellation.aborted) onCancelled();
    else cancellation.addEventListener('abort', onCancelled);
  });
  const ended = work.then(
    () => 'ended' as const,
    () => 'ended' as const,
  );
  try {
    const first = await Promise.race([ended, after(timeoutMs), cancelled]);
    if (first === 'ended') return await work;
    const fault = timedOut(timeoutMs);
    if (first === 'late') {
      timeout.abort(fault);
      await Promise.race([ended, after(graceMs)]);
      throw fault;
    }
    if ((await Promise.race([ended, after(CANCEL_GRACE_MS)])) === 'ended') return await work;
    throw new Error('cancelled, and the job did not stop: it may still be running');
  } finally {
    // Not taken off again it would add up on the signal, which all attempts share.
    cancellation.removeEventListener('abort', onCancelled);
    for (const { clear } of timers) clear();
  }
}

interface Timer {
  clear(): void;
}

/** A timer of any length: jobs may run for months. */
function timer(ms: number, run: () => void): Timer {
  const end = performance.now() + ms;
  let current: NodeJS.Timeout;
  const wait = (): void => {
    const left = end - performance.now();
    current = left > LONGEST_TIMER_MS ? setTimeout(wait, LONGEST_TIMER_MS) : setTimeout(run, left);
  };
  wait();
  return { clear: () => clearTimeout(current) };
}
