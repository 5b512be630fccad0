// How soon work went on after each fault, from what jobs and clients themselves noted.

import type { Try } from './asking.ts';
import type { Effect } from './effects.ts';
import type { Fault, FaultKind } from './faults.ts';

export interface Figures {
  n: number;
  p50: number;
  p95: number;
  most: number;
}

export interface Recovery {
  kind: FaultKind;
  faults: number;
  kills: number;
  /** Attempts and requests that they hit. */
  hit: number;
  /** Null where nothing was measured. */
  wentOn: Figures | null;
}

export const figuresOf = (values: readonly number[]): Figures | null => {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] as number;
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), most: at(1) };
};

/**
 * Milliseconds, by kind of fault. Of a worker that was lost: from the fault until each attempt that it had under way was
 * made again. Of a gateway that was killed: until each request that it had was answered by the other. Of all else: from when
 * it was back until work went on.
 */
export function recoveries(
  faults: readonly Fault[],
  effects: readonly Effect[],
  tries: readonly Try[],
): Recovery[] {
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const answers = tries.filter(({ status }) => status !== null && status < 300);
  const begun = new Map<string, number[]>();
  for (const { run, step, what, at } of effects)
    if (what === 'began') {
      const own = begun.get(`${run} ${step}`);
      if (own === undefined) begun.set(`${run} ${step}`, [at]);
      else own.push(at);
    }
  const again = ({ at, attempts }: Fault): number[] =>
    attempts.flatMap(({ run, step }) => {
      const next = begun.get(`${run} ${step}`)?.find((began) => began > at);
      return next === undefined ? [] : [next - at];
    });
  const since = (at: number, times: readonly number[]): number[] => {
    const next = times.find((time) => time >= at);
    return next === undefined ? [] : [next - at];
  };
  const began = effects.filter(({ what }) => what === 'began').map(({ at }) => at);
  const answered = (gateways: readonly string[]): number[] =>
    answers
      .filter(({ gateway }) => gateways.length === 0 || gateways.includes(gateway))
      .map(({ at, ms }) => at + ms)
      .sort((a, b) => a - b);

  const measure = (fault: Fault): number[] => {
    switch (fault.kind) {
      case 'worker killed':
      case 'worker in a black hole':
        return again(fault);
      case 'gateway killed':
        return fault.requests.length === 0 ? [] : since(fault.at, answered([]));
      case 'gateway in a black hole':
        return since(fault.backAt, answered(fault.parts));
      default:
        return since(fault.backAt, began);
    }
  };
  return kinds.map((kind) => {
    const own = faults.filter((fault) => fault.kind === kind);
    return {
      kind,
      faults: own.length,
      kills: own.reduce((sum, { kills }) => sum + kills, 0),
      hit: own.reduce((sum, { attempts, requests }) => sum + attempts.length + requests.length, 0),
      wentOn: figuresOf(own.flatMap(measure)),
    };
  });
}

/** How long gateways took to answer while Temporal was away from them. */
export function answersWhileAway(
  faults: readonly Fault[],
  tries: readonly Try[],
): { figures: Figures | null; slowest: Try | null } {
  const away = faults.filter(
    ({ kind }) =>
      kind === 'Temporal killed' ||
      kind === 'database killed' ||
      kind === 'all in a black hole' ||
      kind === 'gateway in a black hole',
  );
  const answers = tries.filter(({ status, at, gateway }) => {
    const fault = away.find((one) => at >= one.at && at < one.backAt);
    const isItsOwn = fault?.kind !== 'gateway in a black hole' || fault.parts.includes(gateway);
    return status !== null && fault !== undefined && isItsOwn;
  });
  const slowest = answers.reduce<Try | null>((a, b) => (a !== null && a.ms >= b.ms ? a : b), null);
  return { figures: figuresOf(answers.map(({ ms }) => ms)), slowest };
}
