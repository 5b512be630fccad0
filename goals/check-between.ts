// What is wrong between the goals of one module: who needs whom, and who listens to whom.

import { updatesOf } from './dataset-trigger.ts';
import { type DeclarationIssue, isSchema } from './declaration-issues.ts';
import type { Goal } from './goal.ts';
import { noWayBack } from './no-way-back.ts';
import { outcomesOf } from './outcome-trigger.ts';
import { cycleFrom, mayUse, type UsableBy } from './wire/between-goals.ts';
import { GOAL_NAME, NAME_LIMIT } from './wire/run-id.ts';

export function issuesBetween(goals: readonly Goal[]): DeclarationIssue[] {
  const byName = new Map(goals.map((goal) => [goal.name, goal]));
  return [
    ...goals.flatMap((goal) => {
      const found = [
        ...issuesOfUsableBy(goal.usableBy),
        ...goal.needs.filter(({ kind }) => kind === 'foreign-goal').flatMap(issuesOfForeign),
        ...issuesOfUse(goal, byName),
      ];
      return found.map((what) => ({ where: `goal '${goal.name}'`, what }));
    }),
    ...goals.flatMap((goal) =>
      issuesOfFormer(goal, goals).map((what) => ({ where: `goal '${goal.name}'`, what })),
    ),
    ...circle('needs itself', byName, ({ needs }) => needs.map(({ name }) => name)),
    ...circle('starts itself', byName, (goal) => [
      ...outcomesOf(goal).map((heard) => heard.goal),
      ...updatesOf(goal).flatMap(({ dataset }) => producersOf(dataset, goals)),
    ]),
  ];
}

const producersOf = (dataset: string, goals: readonly Goal[]): string[] =>
  goals.flatMap(({ name, produces }) =>
    Array.isArray(produces) && produces.some((one) => one?.name === dataset) ? [name] : [],
  );

function issuesOfFormer({ name, formerly }: Goal, goals: readonly Goal[]): string[] {
  // Said with what else cannot be read of the goal.
  if (!Array.isArray(formerly)) return [];
  return formerly.flatMap((former, i) => {
    if (typeof former !== 'string' || !GOAL_NAME.test(former) || former.length > NAME_LIMIT)
      return [`formerly names ${JSON.stringify(former)}, which no goal can have been called`];
    if (former === name || formerly.indexOf(former) !== i)
      return [
        `formerly names '${former}'${former === name ? ', which it is called now' : ' twice'}; take it out`,
      ];
    const other = goals.find((one) => one.name !== name && [one.name].concat(one.formerly).includes(former));
    if (other === undefined) return [];
    return other.name === former
      ? [`was called '${former}' before, and another goal is called so now; rename that one`]
      : [`was called '${former}' before, and '${other.name}' says the same of itself; only one of them was`];
  });
}

function issuesOfUsableBy(usableBy: UsableBy): string[] {
  if (usableBy === 'all') return [];
  const isList = Array.isArray(usableBy) && usableBy.every((team) => typeof team === 'string' && team !== '');
  return isList ? [] : ["usableBy is neither 'all' nor a list of teams; write such as `usableBy: ['sales']`"];
}

function issuesOfForeign({ name, input, output }: Goal['needs'][number]): string[] {
  const found = GOAL_NAME.test(name) ? [] : [`needs a foreign goal whose name is ${JSON.stringify(name)}`];
  for (const [field, schema] of Object.entries({ input, output }))
    if (!isSchema(schema)) found.push(`needs the foreign goal '${name}', whose ${field} is not a zod schema`);
    else {
      const lost = noWayBack(`whose ${field}`, schema);
      if (lost !== null) found.push(`needs the foreign goal '${name}', ${lost}`);
    }
  return found;
}

/** Of goals of another team in the same module. */
function issuesOfUse(goal: Goal, byName: ReadonlyMap<string, Goal>): string[] {
  const used = new Set([
    ...goal.needs.map(({ name }) => name),
    ...outcomesOf(goal).map((heard) => heard.goal),
  ]);
  return [...used].flatMap((name) => {
    const other = byName.get(name);
    return other === undefined || mayUse(other, goal.team)
      ? []
      : [
          `uses '${name}', which the team '${other.team}' has not opened to '${goal.team}'; add it there to \`usableBy\``,
        ];
  });
}

function circle(
  what: string,
  byName: ReadonlyMap<string, Goal>,
  next: (goal: Goal) => string[],
): DeclarationIssue[] {
  const found = cycleFrom(byName.keys(), (name) => {
    const goal = byName.get(name);
    return goal === undefined ? [] : next(goal);
  });
  if (found === null) return [];
  return [
    {
      where: `goal '${found[0]}'`,
      what: `${what} in the end: ${found.join(' → ')}; one of them must do without`,
    },
  ];
}
