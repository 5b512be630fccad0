// Requests as a client that means it makes them: again, at the other gateway, until one is acknowledged. Each try is kept,
// as it tells how a gateway behaves while something is down.

import { setTimeout as delay } from 'node:timers/promises';
import type { Gateway } from './topology.ts';

export interface Try {
  gateway: string;
  path: string;
  at: number;
  ms: number;
  /** Null when there was no answer: the gateway was gone, or was killed with the request under way. */
  status: number | null;
}

export interface Acknowledged {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what the gateway answers is the checker's to judge
  body: any;
}

const ANSWER_MS = 20_000;
const AGAIN_MS = 250;

export class Asking {
  readonly tries: Try[] = [];
  /** What was refused for good, though it never should be. */
  readonly refused: string[] = [];
  /** Requests under way, by gateway. */
  readonly underWay = new Map<string, Set<{ since: number }>>();
  readonly #gateways: readonly Gateway[];
  #turn = 0;
  #isEnding = false;

  constructor(gateways: readonly Gateway[]) {
    this.#gateways = gateways;
    for (const { name } of gateways) this.underWay.set(name, new Set());
  }

  /** No more is asked again; what is under way is answered, or not. */
  end(): void {
    this.#isEnding = true;
  }

  /**
   * Asks until a 2xx; null when told to end before. `isForNow` tells of a refusal whether it is worth asking again, as it
   * is of a 503; any other is kept as refused.
   */
  async insist(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    isForNow: (status: number, code: string) => boolean = () => false,
  ): Promise<Acknowledged | null> {
    while (!this.#isEnding) {
      const gateway = this.#gateways[this.#turn++ % this.#gateways.length] as Gateway;
      const answer = await this.ask(gateway, path, body, headers);
      if (answer !== null && answer.status < 300) return answer;
      if (answer !== null && answer.status !== 503 && !isForNow(answer.status, answer.body?.code)) {
        this.refused.push(`${path}: ${answer.status} ${answer.body?.code}: ${answer.body?.detail}`);
        return null;
      }
      await delay(AGAIN_MS);
    }
    return null;
  }

  /** Asks once. Without a body it is a GET. Null when no answer came. */
  async ask(
    { name, url }: Gateway,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Acknowledged | null> {
    const under = this.underWay.get(name) as Set<{ since: number }>;
    const mark = { since: Date.now() };
    under.add(mark);
    const begun = performance.now();
    let status: number | null = null;
    try {
      const response = await fetch(url + path, {
        signal: AbortSignal.timeout(ANSWER_MS),
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      });
      const answer = await response.text();
      status = response.status;
      return { status, body: answer === '' ? null : JSON.parse(answer) };
    } catch {
      return null;
    } finally {
      under.delete(mark);
      this.tries.push({ gateway: name, path, at: mark.since, ms: performance.now() - begun, status });
    }
  }
}
