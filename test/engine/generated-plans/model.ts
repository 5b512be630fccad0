// What a plan can come to, told without the engine: an independent reading of what `Promise.all` and the like mean.

import fc from 'fast-check';
import type { Plan } from './goals.ts';

/** Whether it may succeed, and whose failure it may end with: a leaf's name, or `code` for the goal's own throw. */
export interface Prospect {
  mayWork: boolean;
  failures: Set<string>;
}

const ATTEMPTS = { quick: 4, slow: 3 };

export function prospectOf(plan: Plan): Prospect {
  switch (plan.do) {
    case 'job':
      return prospectOfJob(plan);
    case 'sequence': {
      const failures = new Set<string>();
      for (const part of plan.of.map(prospectOf)) {
        for (const failure of part.failures) failures.add(failure);
        if (!part.mayWork) return { mayWork: false, failures };
      }
      return { mayWork: true, failures };
    }
    case 'all': {
      const parts = plan.of.map(prospectOf);
      return {
        mayWork: parts.every(({ mayWork }) => mayWork),
        failures: union(parts),
      };
    }
    case 'settled': {
      // The first in order that failed: a later one only when all before it worked.
      const failures = new Set<string>();
      for (const part of plan.of.map(prospectOf)) {
        for (const failure of part.failures) failures.add(failure);
        if (!part.mayWork) return { mayWork: false, failures };
      }
      return { mayWork: true, failures };
    }
    case 'race': {
      const parts = plan.of.map(prospectOf);
      return { mayWork: parts.some(({ mayWork }) => mayWork), failures: union(parts) };
    }
    case 'any': {
      const parts = plan.of.map(prospectOf);
      const mayFail = parts.every(({ failures }) => failures.size > 0);
      // Of several the first in order that is a step's; where none is, the goal's own.
      const first = parts.flatMap(({ failures }) => [...failures]).filter((failure) => failure !== 'code');
      const mayBeCode = parts.every(({ failures }) => failures.has('code'));
      return {
        mayWork: parts.some(({ mayWork }) => mayWork),
        failures: new Set(mayFail ? [...first, ...(mayBeCode ? ['code'] : [])] : []),
      };
    }
    case 'tolerant':
    case 'float':
      return { mayWork: true, failures: new Set() };
    case 'fallback': {
      const [first, second] = [prospectOf(plan.first), prospectOf(plan.second)];
      if (first.failures.size === 0) return first;
      return { mayWork: first.mayWork || second.mayWork, failures: second.failures };
    }
    case 'wrap':
    case 'achieve':
      return prospectOf(plan.what);
    case 'forget': {
      const { mayWork, failures } = prospectOf(plan.what);
      return { mayWork, failures: new Set(failures.size > 0 ? ['code'] : []) };
    }
  }
}

const union = (parts: readonly Prospect[]): Set<string> =>
  new Set(parts.flatMap(({ failures }) => [...failures]));

function prospectOfJob({ leaf, slowly, script }: Extract<Plan, { do: 'job' }>): Prospect {
  for (let attempt = 1; attempt <= (slowly ? ATTEMPTS.slow : ATTEMPTS.quick); attempt++) {
    const what = script[attempt - 1] ?? 'ok';
    if (what === 'ok') return { mayWork: true, failures: new Set() };
    if (/^permanent|^bad-output/.test(what)) break;
  }
  return { mayWork: false, failures: new Set([leaf]) };
}

const CODES = ['ECONNRESET', 'busy', 'E42', 'no_disk'];

/** Plans of at most three levels of goals, each leaf and each needed key with a name of its own. */
export function plansOf(seed: number, count: number): Plan[] {
  const code = fc.constantFrom(...CODES);
  const act = fc.oneof(
    { weight: 5, arbitrary: fc.constant('ok') },
    { weight: 5, arbitrary: code.map((text) => `fail:${text}`) },
    { weight: 1, arbitrary: code.map((text) => `permanent:${text}`) },
    { weight: 1, arbitrary: fc.constantFrom('hang', 'bad-output', 'later:busy') },
  );
  const leaf: fc.Arbitrary<Plan> = fc.record({
    do: fc.constant('job' as const),
    leaf: fc.constant(''),
    slowly: fc.nat(4).map((n) => n === 0),
    script: fc.array(act, { maxLength: 5 }),
  });
  const branch = (depth: number, goals: number): fc.Arbitrary<Plan> => {
    if (depth === 0) return leaf;
    const part = branch(depth - 1, goals);
    const several = fc.constantFrom('sequence', 'all', 'all', 'race', 'any', 'settled', 'tolerant' as const);
    return fc.oneof(
      { weight: 3, arbitrary: leaf },
      {
        weight: 6,
        arbitrary: fc.record({ do: several, of: fc.array(part, { minLength: 2, maxLength: 3 }) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('fallback' as const), first: part, second: part }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom('wrap', 'forget', 'float' as const), what: part }),
      },
      ...(goals === 0
        ? []
        : [
            {
              weight: 3,
              arbitrary: fc.record({
                do: fc.constant('achieve' as const),
                key: fc.constant(''),
                what: branch(depth - 1, goals - 1),
              }),
            },
          ]),
    ) as fc.Arbitrary<Plan>;
  };
  return fc.sample(branch(3, 2), { seed, numRuns: count }).map(named);
}

function named(plan: Plan, index: number): Plan {
  let n = 0;
  const name = (part: Plan): Plan => {
    switch (part.do) {
      case 'job':
        return { ...part, leaf: `leaf-${index}-${n++}` };
      case 'achieve':
        return { ...part, key: `${index}-${n++}`, what: name(part.what) };
      case 'fallback':
        return { ...part, first: name(part.first), second: name(part.second) };
      case 'wrap':
      case 'forget':
      case 'float':
        return { ...part, what: name(part.what) };
      default:
        return { ...part, of: part.of.map(name) };
    }
  };
  return name(plan);
}
