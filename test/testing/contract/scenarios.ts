// Scenarios by seed: a plan of steps, with one thing that goes wrong at a random await.

import type { Plan, Script } from './goals.ts';

export interface Scenario {
  seed: number;
  /** What goes wrong. */
  trouble: (typeof TROUBLES)[number];
  isHurried: boolean;
  input: { id: string; plan: Plan; ok: boolean };
  decide: Record<string, { decision: 'approve' | 'reject'; by: string; reason?: string; data?: number }>;
  /** The step at which the run waits, of a trouble that comes from outside: a cancellation, or the deadline. */
  waitsAt: string | null;
  isCancelled: boolean;
}

export const TROUBLES = [
  'nothing',
  'permanent',
  'exhausted',
  'bug',
  'misfit',
  'code',
  'criteria',
  'lost-item',
  'failed-need',
  'rejected',
  'expired',
  'cancelled-job',
  'cancelled-sleep',
  'cancelled-approval',
  'deadline-job',
  'deadline-sleep',
  'deadline-approval',
  'deadline-retry',
] as const;

const HOUR = 3_600_000;

export function scenario(seed: number, prefix: string): Scenario {
  const random = randomFrom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const one = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  const trouble = TROUBLES[seed % TROUBLES.length] as Scenario['trouble'];
  const decide: Scenario['decide'] = {};
  let names = 0;

  const healing = (): Script => one<Script>([['ok'], ['fail:E1', 'ok'], ['fail:E1', 'fail:E2', 'ok']]);
  const failing = (): Script =>
    one<Script>([['permanent:gone'], ['fail:E3'], ['fail:E1', 'permanent:late'], ['fail:denied'], ['bug']]);

  const leaf = (): Plan => {
    switch (below(7)) {
      case 0:
        return { do: 'sleep', ms: 10 };
      case 1: {
        const name = `sign-${++names}`;
        decide[name] = { decision: 'approve', by: 'ben', reason: 'fine' };
        return { do: 'approve', name };
      }
      case 2: {
        const name = `ask-${++names}`;
        decide[name] = { decision: 'approve', by: 'ada', data: below(9) };
        return { do: 'ask', name };
      }
      case 3:
        return { do: 'lease', name: `thing-${++names}`, release: random() < 0.5 };
      case 4:
        return { do: 'map', items: Array.from({ length: 1 + below(5) }, healing) };
      case 5:
        return { do: 'need', id: `${prefix}-${seed}-${++names}`, of: { do: 'job', script: healing() } };
      default:
        return { do: 'job', script: healing() };
    }
  };
  const node = (depth: number): Plan => {
    switch (depth === 0 ? 9 : below(6)) {
      case 0:
        return { do: 'seq', of: [node(depth - 1), node(depth - 1)] };
      case 1:
        // Which of two ends first nobody can say: each ends well, or is caught.
        return { do: 'par', of: Array.from({ length: 2 + below(2) }, () => node(depth - 1)) };
      case 2:
        return { do: 'try', of: { do: 'job', script: failing() } };
      case 3:
        return {
          do: 'map',
          items: [...Array.from({ length: 2 + below(3) }, healing), failing()],
          tolerate: 1,
        };
      case 4:
        return { do: 'quick', scripts: Array.from({ length: 2 + below(3) }, healing) };
      default:
        return leaf();
    }
  };

  const wrong = (): Plan => {
    switch (trouble) {
      case 'permanent':
        return { do: 'job', script: ['fail:E1', 'permanent:gone'] };
      case 'exhausted':
        return { do: 'job', script: ['fail:E1', 'fail:E2', 'fail:E3'] };
      case 'bug':
        return { do: 'job', script: ['bug'] };
      case 'misfit':
        return { do: 'job', script: ['fail:E1', 'misfit'] };
      case 'code':
        return { do: 'throw', message: `seed ${seed} threw` };
      case 'lost-item':
        return { do: 'map', items: [['ok'], ['permanent:gone']] };
      case 'failed-need':
        return { do: 'need', id: `${prefix}-${seed}-failing`, of: { do: 'job', script: failing() } };
      case 'rejected':
        decide['the-last'] = { decision: 'reject', by: 'ben', reason: 'no' };
        return { do: 'approve', name: 'the-last' };
      case 'expired':
        return { do: 'approve', name: 'the-last', expires: one(['reject', 'approve']) };
      case 'cancelled-job':
        return { do: 'job', script: one<Script>([['cancel'], ['fail:E1', 'cancel']]) };
      case 'deadline-job':
        return { do: 'job', script: one<Script>([['hang'], ['fail:E1', 'hang']]) };
      case 'cancelled-sleep':
      case 'deadline-sleep':
        return { do: 'sleep', ms: HOUR };
      case 'cancelled-approval':
      case 'deadline-approval':
        return { do: 'approve', name: 'nobody-decides' };
      case 'deadline-retry':
        return {
          do: 'seq',
          of: [
            { do: 'job', script: ['fail:E1', 'ok'] },
            { do: 'sleep', ms: HOUR },
          ],
        };
      default:
        return { do: 'job', script: ['ok'] };
    }
  };

  const before = Array.from({ length: below(3) }, () => node(2));
  const after = Array.from({ length: below(2) + 1 }, () => node(1));
  return {
    ...{ seed, trouble, decide, isHurried: trouble.startsWith('deadline') },
    input: {
      id: `${prefix}-${seed}`,
      plan: { do: 'seq', of: [...before, wrong(), ...after] },
      ok: trouble !== 'criteria',
    },
    waitsAt: waitsAt(trouble, before),
    isCancelled: trouble === 'cancelled-sleep' || trouble === 'cancelled-approval',
  };
}

function waitsAt(trouble: Scenario['trouble'], before: readonly Plan[]): string | null {
  if (/^(?:cancelled|deadline)-approval$/.test(trouble)) return 'nobody-decides#1';
  if (/^(?:cancelled|deadline)-sleep$|^deadline-retry$/.test(trouble))
    return `sleep#${count('sleep', before) + 1}`;
  return trouble === 'deadline-job' ? `act#${count('job', before) + 1}` : null;
}

/** How many steps of a kind the run itself has in these. */
const count = (what: Plan['do'], plans: readonly Plan[]): number =>
  plans.reduce((sum, plan) => {
    const inner = plan.do === 'seq' || plan.do === 'par' ? plan.of : plan.do === 'try' ? [plan.of] : [];
    return sum + (plan.do === what ? 1 : 0) + count(what, inner);
  }, 0);

function randomFrom(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
