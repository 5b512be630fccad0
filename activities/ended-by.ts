/**
 * A signal that is aborted when one of these is, or once `ms` have passed; `release` it when nobody listens any more.
 * `AbortSignal.any` holds what it is made of by weak references only, and Node 20 drops a timeout among it with the
 * next garbage collection: whoever waits by it then waits for ever.
 */
export function endedBy(signals: readonly AbortSignal[], ms?: number): EndedBy {
  const end = new AbortController();
  const listeners = signals.map((signal) => {
    const onAbort = (): void => end.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  });
  const timer =
    ms === undefined
      ? undefined
      : setTimeout(() => end.abort(new DOMException(`not within ${ms} ms`, 'TimeoutError')), ms);
  return {
    signal: end.signal,
    isLate: () => end.signal.reason instanceof DOMException && end.signal.reason.name === 'TimeoutError',
    release() {
      clearTimeout(timer);
      for (const remove of listeners) remove();
    },
  };
}

export interface EndedBy {
  readonly signal: AbortSignal;
  /** Whether it is the time that was over. */
  isLate(): boolean;
  release(): void;
}
