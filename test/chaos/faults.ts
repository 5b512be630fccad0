// What is broken, when and for how long, is drawn from the seed. Each fault waits, a little, until there is work in flight
// that it hits; one that hits nothing shows nothing, and is not counted.

import { setTimeout as delay } from 'node:timers/promises';
import type { Asking } from './asking.ts';
import { between, type Chance, chance, shuffled } from './chance.ts';
import type { Effects } from './effects.ts';
import type { Outside } from './outside.ts';
import type { Client, Part, Topology } from './topology.ts';

export type FaultKind =
  | 'worker killed'
  | 'both workers killed'
  | 'gateway killed'
  | 'Temporal killed'
  | 'database killed'
  | 'worker in a black hole'
  | 'gateway in a black hole'
  | 'all in a black hole'
  | 'slow network'
  | 'upstream down'
  | 'receiver of alerts down';

export interface Fault {
  kind: FaultKind;
  /** What it was done to. */
  parts: string[];
  at: number;
  /** When everything was back. */
  backAt: number;
  /** SIGKILLs that it took. */
  kills: number;
  /** What it hit, as it was when it did: attempts under way there, and requests. */
  attempts: { run: string; step: string; attempt: number }[];
  requests: { since: number; gateway: string }[];
}

/** How often each comes in one deck, which is dealt to its end before the next is shuffled. */
const WEIGHTS: readonly (readonly [FaultKind, number])[] = [
  ['worker killed', 10],
  ['both workers killed', 2],
  ['gateway killed', 5],
  ['Temporal killed', 4],
  ['database killed', 4],
  ['worker in a black hole', 3],
  ['gateway in a black hole', 2],
  ['all in a black hole', 1],
  ['slow network', 2],
  ['upstream down', 2],
  ['receiver of alerts down', 1],
];

const HIT_WITHIN_MS = 5_000;
const LOOK_MS = 2;
const SLOW_MS = 300;

export interface FaultsOptions {
  seed: number;
  /** Between the end of a fault and the next. */
  pauseMs: readonly [least: number, most: number];
  topology: Topology;
  outside: Outside;
  effects: Effects;
  asking: Asking;
  onFault(fault: Fault): void;
}

export class Faults {
  readonly done: Fault[] = [];
  readonly #random: Chance;
  readonly #options: FaultsOptions;

  constructor(options: FaultsOptions) {
    this.#options = options;
    this.#random = chance(options.seed ^ 0x5eed);
  }

  /** One after the other until `until`; at the end everything is up again. */
  async run(until: number): Promise<void> {
    const { pauseMs, topology } = this.#options;
    const weights = WEIGHTS.filter(
      ([kind]) => kind !== 'database killed' || topology.servers.some((server) => server.kind === 'database'),
    );
    let deck: FaultKind[] = [];
    for (;;) {
      await delay(between(this.#random, ...pauseMs));
      if (Date.now() > until) return;
      if (deck.length === 0)
        deck = shuffled(
          this.#random,
          weights.flatMap(([kind, times]) => Array(times).fill(kind)),
        );
      const fault = await this.#fault(deck.pop() as FaultKind);
      if (fault === null) continue;
      this.done.push(fault);
      this.#options.onFault(fault);
    }
  }

  async #fault(kind: FaultKind): Promise<Fault | null> {
    const { topology, outside } = this.#options;
    const { workers, gateways, servers } = topology;
    const random = this.#random;
    const one = <T>(list: readonly T[]): T => list[between(random, 0, list.length - 1)] as T;
    const downMs = between(random, 0, 3_000);
    const longMs = between(random, 2_000, 10_000);
    switch (kind) {
      case 'worker killed':
        return this.#killed(kind, [one(workers)], downMs);
      case 'both workers killed':
        return this.#killed(kind, workers, downMs);
      case 'gateway killed':
        return this.#killed(kind, [one(gateways)], downMs);
      case 'Temporal killed':
        return this.#killed(
          kind,
          servers.filter((server) => server.kind === 'temporal'),
          downMs,
        );
      case 'database killed':
        return this.#killed(
          kind,
          servers.filter((server) => server.kind === 'database'),
          downMs,
        );
      case 'worker in a black hole':
        return this.#swallowed(kind, [one(workers)], longMs);
      case 'gateway in a black hole':
        return this.#swallowed(kind, [one(gateways)], longMs);
      case 'all in a black hole':
        return this.#swallowed(kind, [...workers, ...gateways], longMs);
      case 'slow network': {
        const slowed = [...workers, ...gateways];
        return this.#during(kind, slowed, longMs, {
          begin: async () => slowed.forEach(({ way }) => void way.slow(SLOW_MS)),
          end: async () => slowed.forEach(({ way }) => void way.slow(0)),
        });
      }
      case 'upstream down':
        return this.#during(kind, [], longMs, {
          begin: () => outside.upstream.down(),
          end: () => outside.upstream.up(),
        });
      case 'receiver of alerts down':
        return this.#during(kind, [], longMs, {
          begin: () => outside.receiver.down(),
          end: () => outside.receiver.up(),
        });
    }
  }

  async #killed(kind: FaultKind, parts: readonly Part[], downMs: number): Promise<Fault | null> {
    const fault = await this.#during(kind, parts, downMs, {
      begin: () => Promise.all(parts.map((part) => part.kill())),
      end: () => Promise.all(parts.map((part) => part.start())),
    });
    return fault && { ...fault, kills: parts.length };
  }

  #swallowed(kind: FaultKind, clients: readonly Client[], ms: number): Promise<Fault | null> {
    return this.#during(kind, clients, ms, {
      begin: async () => clients.forEach(({ way }) => void way.swallow(true)),
      end: async () => clients.forEach(({ way }) => void way.swallow(false)),
    });
  }

  /** Null when there was nothing in flight that it could have hit. */
  async #during(
    kind: FaultKind,
    parts: readonly Part[],
    ms: number,
    { begin, end }: { begin: () => Promise<unknown>; end: () => Promise<unknown> },
  ): Promise<Fault | null> {
    const hit = await this.#hit(parts);
    if (hit === null) return null;
    const at = Date.now();
    await begin();
    await delay(ms);
    await end();
    return { kind, parts: parts.map(({ name }) => name), at, backAt: Date.now(), kills: 0, ...hit };
  }

  /** Waits for a moment at which each of the parts has work in flight. */
  async #hit(parts: readonly Part[]): Promise<Pick<Fault, 'attempts' | 'requests'> | null> {
    for (const until = Date.now() + HIT_WITHIN_MS; Date.now() < until; await delay(LOOK_MS)) {
      const inFlight = parts.map((part) => this.#inFlight(part));
      if (
        parts.length > 0 &&
        inFlight.some(({ attempts, requests }) => attempts.length + requests.length === 0)
      )
        continue;
      return {
        attempts: inFlight.flatMap(({ attempts }) => attempts),
        requests: inFlight.flatMap(({ requests }) => requests),
      };
    }
    return null;
  }

  /** A worker's own attempts and a gateway's own requests; those of all of them hang on a server. */
  #inFlight({ name, kind, pid }: Part): Pick<Fault, 'attempts' | 'requests'> {
    const { effects, asking, topology } = this.#options;
    const isServer = kind === 'temporal' || kind === 'database';
    const pids = isServer ? topology.workers.map((worker) => worker.pid) : kind === 'worker' ? [pid] : [];
    const gateways = isServer ? topology.gateways.map((gateway) => gateway.name) : [name];
    return {
      attempts: effects
        .inFlight(new Set(pids.filter((one) => one !== null)))
        .map(({ run, step, attempt }) => ({ run, step, attempt })),
      requests: gateways.flatMap((gateway) =>
        [...(asking.underWay.get(gateway) ?? [])].map(({ since }) => ({ since, gateway })),
      ),
    };
  }
}
