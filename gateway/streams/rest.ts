/** Resolves after `ms`, or as soon as one of the signals is aborted. */
export const rest = (ms: number, signals: readonly AbortSignal[]): Promise<void> =>
  new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    for (const signal of signals) signal.addEventListener('abort', over);
    if (signals.some(({ aborted }) => aborted)) over();
  });
