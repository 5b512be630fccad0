/** A time span: milliseconds, or a number with `ms`, `s`, `m` or `h`: `'30s'`. */
export type Span = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h`;

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** In milliseconds. Throws a RangeError that says how to write it. */
export function spanMs(span: Span): number {
  const [, count, unit] =
    /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(typeof span === 'number' ? `${span}ms` : span) ?? [];
  if (count === undefined)
    throw new RangeError(
      `not a time span: ${JSON.stringify(span)}; write milliseconds, or such as '30s' or '5m'`,
    );
  return Math.round(Number(count) * UNITS[unit as keyof typeof UNITS]);
}

/** Resolves after the time; rejects with the signal's reason as soon as it is aborted. */
export const rest = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
