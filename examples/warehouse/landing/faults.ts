// Which requests go wrong, and how. Each address counts its own requests, and the counts alone decide: the same
// requests always meet the same faults. Every delivery (`?batch=`) has addresses of its own, so each pursuit meets
// every kind of fault, the first as well as the tenth, alone or among others.

/**
 * `unavailable`: 503 with `Retry-After: 1`. `hang`: no answer, ever. `break-off`: half of the promised body, and the
 * connection is destroyed.
 */
export type Fault = 'unavailable' | 'hang' | 'break-off';

// The requests of an address meet these in turn, then one succeeds, then it begins again.
const FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  '/flights/2001-01.json': ['unavailable', 'break-off'],
  '/flights/2001-02.json': ['hang'],
  '/flights/2001-03.json': ['break-off'],
  '/flights/control.json': ['break-off'],
  '/airports/airports.csv': ['unavailable'],
};

export class FaultPlan {
  readonly #requests = new Map<string, number>();

  /** Counts the request; null when it shall succeed. */
  next({ pathname, search }: URL): Fault | null {
    const faults = FAULTS[pathname] ?? [];
    const address = pathname + search;
    const before = this.#requests.get(address) ?? 0;
    this.#requests.set(address, before + 1);
    return faults[before % (faults.length + 1)] ?? null;
  }
}
