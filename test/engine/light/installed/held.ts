// Runs whose call waits for a file, so that a test knows what a part is doing while it is killed: by the jobs' own file, by the history of
// the host, and by the requests that have no answer yet.

import { expect } from 'vitest';
import { lightHostId, requestRecordId } from '../../../../goals/wire/names.ts';
import { sha256 } from '../../../../goals/wire/text/sha256.ts';
import type { Acknowledged } from '../../../chaos/asking.ts';
import { type HostUpdate, updatesIn } from '../../../chaos/hosts.ts';
import type { Part } from '../../../chaos/topology.ts';
import { goal, type Installation, PATIENT, runOf, TOLD } from './installation.ts';
import { expectPromised, FIRST } from './promised.ts';

const SOON = { ...TOLD, interval: 10 };

/** A run as it is known from outside the installation. */
export interface HeldState {
  isAccepted: boolean;
  /** Its answers in the history. */
  answers: string[];
  effects: string[];
}
/** Its update is accepted, and its first call begun: neither is over. */
export const UNDER_WAY: HeldState = { isAccepted: true, answers: [], effects: [`${FIRST} 1 began`] };
export const NOT_TAKEN: HeldState = { isAccepted: false, answers: [], effects: [] };

/** A request that was sent once, to one gateway. */
interface Request {
  isOver: boolean;
  answer: Promise<Acknowledged | null>;
}

export class Held {
  readonly keys: readonly string[];
  readonly #at: Installation;
  /** Its calls wait for this file. */
  readonly #file: string;
  readonly #requests = new Map<string, Request>();

  constructor(at: Installation, keys: readonly string[]) {
    this.#at = at;
    this.keys = keys;
    this.#file = `${keys[0]}-goes-on`;
  }

  /** Of each attempt at the first step. The second is done at once. */
  get steps(): string[][] {
    const waits = `until:${this.#file}`;
    return [[waits, waits, waits, waits], ['ok']];
  }

  has(run: string): boolean {
    return this.keys.some((key) => runOf(key) === run);
  }

  /** Sends a request for the key to the first gateway, once. */
  request(key: string): void {
    const { asking, gateways } = this.#at;
    const body = { input: { key, steps: this.steps } };
    const answer = asking.ask(gateways[0], `/goals/${goal.name}/runs`, body, {
      'idempotency-key': `${key}-0`,
    });
    const request = { isOver: false, answer };
    this.#requests.set(key, request);
    void answer.finally(() => {
      request.isOver = true;
    });
  }

  /** Has them begin, asked for at the first gateway: all at once, or one after the other, each by an update of its own. */
  async begin({ isInTurn = false } = {}): Promise<void> {
    const begins = async (key: string): Promise<void> => {
      const begun = (): boolean => {
        // A gateway gives up sooner than whoever means it.
        if (this.#requests.get(key)?.isOver !== false) this.request(key);
        return this.#at.effectsOf(key).length > 0;
      };
      await expect.poll(begun, SOON).toBe(true);
    };
    if (isInTurn) for (const key of this.keys) await begins(key);
    else await Promise.all(this.keys.map(begins));
  }

  /** Resolves when the gateway has taken the request for a key, and kept it: it does so before it asks a host. */
  async taken(key: string): Promise<void> {
    const record = requestRecordId(sha256(`${goal.name}\n${key}-0`).slice(0, 32));
    const { workflow } = this.#at.client;
    const isKept = () =>
      workflow
        .getHandle(record)
        .describe()
        .then(
          () => true,
          () => false,
        );
    await expect.poll(isKept, SOON).toBe(true);
  }

  /** Whether no request for them has an answer yet. */
  get isAsked(): boolean {
    return [...this.#requests.values()].every(({ isOver }) => !isOver);
  }

  /** Their answers; null of one that never came. */
  answers(): Promise<(Acknowledged | null)[]> {
    return Promise.all([...this.#requests.values()].map(({ answer }) => answer));
  }

  async states(): Promise<HeldState[]> {
    const updates = await this.#updates();
    return this.keys.map((key) => {
      const own = updates.filter((update) => update.keys.includes(key));
      const answers = own.flatMap(({ keys, answers }) => {
        const answer = answers?.[keys.indexOf(key)];
        return answer === undefined ? [] : [answer.end === 'refused' ? answer.code : answer.execution];
      });
      return { isAccepted: own.length > 0, answers, effects: this.#at.effectsOf(key) };
    });
  }

  /** The executions by which the host has answered, once it has answered for each. */
  async answered(): Promise<string[]> {
    const first = async () => (await this.states()).map(({ answers }) => answers[0]);
    await expect.poll(first, SOON).not.toContain(undefined);
    return (await first()) as string[];
  }

  async #updates(): Promise<HostUpdate[]> {
    const host = this.#at.client.workflow.getHandle(lightHostId(goal.name, PATIENT));
    return updatesIn((await host.fetchHistory()).events ?? []);
  }

  /** The process that has the call of a key under way, or had it last. */
  pidOf(key: string): number | undefined {
    return this.#at.effects.now().findLast(({ run, step }) => run === runOf(key) && step === FIRST)?.pid;
  }

  /** Keys whose first call these processes have under way, while their updates have no answer. */
  async underWayIn(parts: readonly Part[]): Promise<string[]> {
    const states = await this.states();
    return this.keys.filter((key, i) => {
      const { isAccepted, answers, effects } = states[i] as HeldState;
      const isCalled = parts.some(({ pid }) => pid === this.pidOf(key)) && effects.at(-1)?.endsWith(' began');
      return isAccepted && answers.length === 0 && isCalled;
    });
  }

  /** Lets them go on. */
  release(): Promise<void> {
    return this.#at.say(this.#file);
  }

  /** Each is achieved by one run, at either gateway, for the same request and for another, and no more is done than promised. Their executions. */
  async expectOneRunEach(): Promise<string[]> {
    const executions: string[] = [];
    for (const key of this.keys) {
      const ask = (which: number, nth: number) =>
        this.#at.ask(key, this.steps, nth, {}, this.#at.askingEach[which]);
      const named = [await ask(1, 0), await ask(0, 0), await ask(0, 1), await ask(1, 1)];
      expect(new Set(named).size, `${key}: ${named}`).toBe(1);
      const [execution] = named as [string];
      await expect.poll(async () => (await this.#at.shown(key))?.outcome, TOLD).toBe('achieved');
      const effects = this.#at.effectsOf(key);
      expectPromised(key, execution, effects);
      // No attempt is made twice.
      expect(effects).toEqual([...new Set(effects)]);
      this.#at.told.set(key, execution);
      executions.push(execution);
    }
    return executions;
  }
}
