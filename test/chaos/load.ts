// The load: cases of a seed, asked for at both gateways, at a rate and never more at once than the installation bears.

import { setTimeout as delay } from 'node:timers/promises';
import type { Asking } from './asking.ts';
import { type Case, casesOf, type ExpectedRun } from './cases.ts';
import { type Chance, chance } from './chance.ts';

/** A run that was acknowledged, and so must end as expected. */
export interface AcknowledgedRun extends ExpectedRun {
  kind: string;
  /** Executions that answers named. */
  executions: Set<string>;
  acknowledgedAt: number;
  /** A decision that was acknowledged, too; a run whose decision was not is still waiting. */
  decided: boolean;
}

export interface LoadOptions {
  seed: number;
  /** Cases a second. */
  rate: number;
  /** Cases under way: more are not begun. */
  atOnce: number;
  /** How many runs are open, by Temporal's own count; null when it cannot say now. */
  open(): number | null;
}

export class Load {
  readonly runs = new Map<string, AcknowledgedRun>();
  readonly #asking: Asking;
  readonly #options: LoadOptions;
  readonly #random: Chance;
  readonly #underWay = new Set<Promise<void>>();
  #isEnding = false;

  constructor(asking: Asking, options: LoadOptions) {
    this.#asking = asking;
    this.#options = options;
    this.#random = chance(options.seed);
  }

  /** Asks until `until`, and resolves when all that was asked is acknowledged. */
  async run(until: number): Promise<void> {
    const { rate, atOnce, open, seed } = this.#options;
    const cases = casesOf(this.#random, `s${seed}`);
    while (Date.now() < until && !this.#isEnding) {
      if (this.#underWay.size < atOnce && (open() ?? 0) < atOnce) {
        const work = this.pursue(cases.next().value as Case).finally(() => this.#underWay.delete(work));
        this.#underWay.add(work);
      }
      await delay((1000 / rate) * (0.5 + Math.random()));
    }
    await Promise.all(this.#underWay);
  }

  end(): void {
    this.#isEnding = true;
  }

  /** Asks for one case, and resolves when it is acknowledged, or given up. */
  async pursue({ kind, runs, triggers, decides }: Case): Promise<void> {
    const answers = await Promise.all(
      triggers.map(async (trigger, i) => {
        const told = await ('event' in trigger ? this.#tell(trigger.event) : this.#trigger(trigger, i));
        return told === null ? null : { ...told, expected: trigger.run };
      }),
    );
    for (const expected of runs) {
      const own = answers.filter((answer) => answer !== null && answer.expected === expected.id);
      // What is needed by others is started by them.
      const isAsked = triggers.some(({ run }) => run === expected.id);
      if (isAsked ? own.length === 0 : answers.every((answer) => answer === null)) continue;
      const executions = new Set(own.map((answer) => answer?.execution as string));
      const strays = own.filter((answer) => answer?.run !== expected.id);
      for (const stray of strays) this.#asking.refused.push(`${expected.id}: answered with ${stray?.run}`);
      this.runs.set(expected.id, {
        ...expected,
        kind,
        executions,
        acknowledgedAt: Date.now(),
        decided: decides === undefined,
      });
    }
    if (decides !== undefined) await this.#decide(runs[0] as ExpectedRun, decides);
  }

  async #trigger({ goal, input }: { goal: string; input: unknown }, i: number) {
    const { key } = input as { key: string };
    const answer = await this.#asking.insist(
      `/goals/${goal}/runs`,
      { input },
      { 'idempotency-key': `${goal}-${key}-${i}` },
    );
    return answer === null
      ? null
      : { run: answer.body.id as string, execution: answer.body.execution as string };
  }

  async #tell({ id, type, data }: { id: string; type: string; data: unknown }) {
    const event = { specversion: '1.0', id, source: '/chaos', type, data };
    const answer = await this.#asking.insist('/events', event, {
      'content-type': 'application/cloudevents+json',
    });
    if (answer === null) return null;
    const [effect] = answer.body.goals ?? answer.body.items[0].goals;
    if (effect?.run === undefined) {
      this.#asking.refused.push(`event ${id}: ${JSON.stringify(answer.body).slice(0, 300)}`);
      return null;
    }
    return { run: effect.run as string, execution: effect.execution as string };
  }

  async #decide({ id }: ExpectedRun, decision: 'approve' | 'reject'): Promise<void> {
    const acknowledged = this.runs.get(id);
    if (acknowledged === undefined) return;
    const answer = await this.#asking.insist(
      `/runs/${id}/approvals/agree`,
      { decision, by: 'chaos', ...(decision === 'reject' ? { reason: 'by lot' } : {}) },
      { 'idempotency-key': `decide-${id}` },
      // Not asked yet.
      (_status, code) => code === 'approval_unknown',
    );
    acknowledged.decided = answer !== null;
  }
}
