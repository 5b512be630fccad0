// `approve` and `ask` of a simulated run: who decides, and after how long, the test says.

import type { z } from 'zod';
import { askedOf, type DeclaredQuestion, misfit } from '../goals/asked.ts';
import { requireMilliseconds } from '../goals/duration.ts';
import type { Approval, ApproveOptions, AskOptions } from '../goals/index.ts';
import { StepFailed } from '../goals/index.ts';
import type { Question } from '../goals/wire/approvals.ts';
import { close, newStep } from '../views/step-state.ts';
import type { SimulatedDecision } from './options.ts';
import { Cancelled } from './scope.ts';
import type { SimulatedSteps } from './steps.ts';
import type { Due } from './virtual-time.ts';

const RULES = { isStrict: () => true, isAnswerable: () => true };

interface Decided {
  decision: 'approve' | 'reject';
  by: string | null;
  verified: boolean;
  reason: string | null;
  data?: unknown;
  at: string;
}

export class Persons {
  readonly #steps: SimulatedSteps;

  constructor(steps: SimulatedSteps) {
    this.#steps = steps;
  }

  readonly approve = (name: string, options: ApproveOptions = {}): Promise<Approval> =>
    this.#steps.step(name, null, options.show, async (path) => {
      const question = { kind: 'approval' as const, name, schema: null, ...options };
      const { by, verified, reason, at } = await this.#answer(question, path);
      return { by, verified, reason, at };
    });

  readonly ask = (name: string, schema: z.ZodType, options: AskOptions = {}): Promise<unknown> =>
    this.#steps.step(name, null, options.show, async (path) => {
      const { data } = await this.#answer({ kind: 'ask', name, schema, ...options }, path);
      return schema.parse(data);
    });

  async #answer(question: DeclaredQuestion, path: string): Promise<Decided> {
    const ms = question.expires === undefined ? null : requireMilliseconds(question.expires.after);
    const asked = askedOf(question, ms, [], RULES);
    const answer = await this.#wait(asked, question.schema, path, ms);
    if (answer.decision === 'approve') return answer;
    const { failures } = this.#steps.of;
    if (answer.by === null) throw new StepFailed(failures.expiredFailure(path, ms ?? 0));
    throw new StepFailed(failures.rejectedFailure(path, answer.by, answer.reason));
  }

  async #wait(asked: Question, schema: z.ZodType | null, path: string, ms: number | null): Promise<Decided> {
    const { walk } = this.#steps.of;
    const { time } = walk;
    const { kind, name, ...rest } = asked;
    const known = newStep(path, kind, name, time.iso);
    known.step.asked = { ...rest, decision: null };
    this.#steps.book.set(path, known);
    try {
      const answer = await this.#decided(asked, schema, path, ms);
      const { by } = answer;
      if (by !== null) known.step.asked.decision = { ...answer, by };
      close(known, answer.decision === 'approve' ? 'succeeded' : 'failed', time.iso);
      return answer;
    } catch (error) {
      close(known, 'cancelled', time.iso);
      throw error;
    }
  }

  #decided(asked: Question, schema: z.ZodType | null, path: string, ms: number | null): Promise<Decided> {
    const { walk, run } = this.#steps.of;
    const { time } = walk;
    return new Promise((resolve, reject) => {
      const dues: Due[] = [];
      const settle = (act: () => void): void => {
        for (const due of dues) due.cancel();
        off();
        act();
      };
      const off = this.#steps.scope.onCancel(() => settle(() => reject(new Cancelled('cancelled'))));
      if (ms !== null) {
        const decision = asked.expires?.consequence ?? 'reject';
        const expired = () => ({ decision, by: null, verified: false, reason: null, at: time.iso });
        dues.push(time.in(Math.max(1, ms), () => settle(() => resolve(expired()))));
      }
      const given = walk.options.decide?.[path] ?? walk.options.decide?.[asked.name];
      if (given === undefined) return;
      const rounds = Array.isArray(given) ? (given as readonly SimulatedDecision[]) : [given];
      const people = new Set<string>();
      const round = (i: number): void => {
        const one = rounds[i];
        if (one === undefined) return;
        walk
          .outside(`${run} ${path} decides`, () =>
            typeof one === 'function' ? one({ ...asked, step: path }) : one,
          )
          .then((made) => {
            const decision = made as SimulatedDecision | null;
            if (decision === null) return;
            const decide = (): void => {
              const { by } = decidedOf(decision, time.iso);
              const wrong = this.#wrongWith(decision, schema, path) ?? twice(people, by, path);
              if (wrong !== null) {
                walk.failWith('options_invalid', wrong);
                return;
              }
              people.add(by);
              const isDecided = decision.decision === 'reject' || people.size >= (asked.count ?? 1);
              if (isDecided) settle(() => resolve(decidedOf(decision, time.iso)));
              else round(i + 1);
            };
            dues.push(time.in(requireMilliseconds(decision.after ?? 0), decide));
          })
          .catch((error: unknown) => {
            walk.failWith('options_invalid', `decide['${asked.name}'] threw ${String(error)}`);
          });
      };
      round(0);
    });
  }

  /** What a gateway would refuse. */
  #wrongWith(
    { decision = 'approve', data }: SimulatedDecision,
    schema: z.ZodType | null,
    path: string,
  ): string | null {
    if (decision === 'reject' || schema === null) return null;
    const wrong = misfit(schema, data);
    return wrong === null ? null : `the data that decide gives ${path} does not fit what it asks: ${wrong}`;
  }
}

const twice = (people: ReadonlySet<string>, by: string, path: string): string | null =>
  people.has(by) ? `${by} approves ${path} twice; it takes different people` : null;

function decidedOf(
  { decision = 'approve', by = 'somebody', reason, data }: SimulatedDecision,
  at: string,
): Decided & { by: string } {
  return {
    ...{ decision, by, verified: true, reason: reason ?? null, at },
    ...(data === undefined ? {} : { data }),
  };
}
