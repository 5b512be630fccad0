// What is wrong between the goals of one module: who needs whom, and who listens to whom.

import type { Problem } from './check.ts';
import type { Goal } from './goal.ts';
import { noWayBack } from './no-way-back.ts';
import type { OutcomeTrigger } from './outcome-trigger.ts';
import { cycleFrom, mayUse, type UsableBy } from './wire/between-goals.ts';
import { GOAL_NAME } from './wire/run-id.ts';

const FIRST_NAMES = ['input', 'output', 'failure', 'run', 'goal', 'key'];

export function problemsBetween(goals: readonly Goal[]): Problem[] {
  const byName = new Map(goals.map((goal) => [goal.name, goal]));
  return [
    ...goals.flatMap((goal) => {
      const found = [
        ...problemsOfUsableBy(goal.usableBy),
        ...goal.needs.filter(({ kind }) => kind === 'foreign-goal').flatMap(problemsOfForeign),
        ...outcomesOf(goal).flatMap(problemsOfOutcome),
        ...problemsOfUse(goal, byName),
      ];
      return found.map((what) => ({ where: `goal '${goal.name}'`, what }));
    }),
    ...circle('needs itself', byName, ({ needs }) => needs.map(({ name }) => name)),
    ...circle('starts itself', byName, (goal) => outcomesOf(goal).map((heard) => heard.goal)),
  ];
}

export const outcomesOf = ({ on }: Goal): OutcomeTrigger[] =>
  on.filter((trigger): trigger is OutcomeTrigger => trigger.kind === 'outcome');

function problemsOfUsableBy(usableBy: UsableBy): string[] {
  if (usableBy === 'all') return [];
  const isList = Array.isArray(usableBy) && usableBy.every((team) => typeof team === 'string' && team !== '');
  return isList ? [] : ["usableBy is neither 'all' nor a list of teams; write such as `usableBy: ['sales']`"];
}

function problemsOfForeign({ name, input, output }: Goal['needs'][number]): string[] {
  const found = GOAL_NAME.test(name) ? [] : [`needs a foreign goal whose name is ${JSON.stringify(name)}`];
  const isSchema = (schema: unknown): boolean =>
    typeof schema === 'object' && schema !== null && '_zod' in schema;
  for (const [field, schema] of Object.entries({ input, output }))
    if (!isSchema(schema)) found.push(`needs the foreign goal '${name}', whose ${field} is no zod schema`);
    else {
      const lost = noWayBack(`whose ${field}`, schema);
      if (lost !== null) found.push(`needs the foreign goal '${name}', ${lost}`);
    }
  return found;
}

function problemsOfOutcome({ goal, input }: OutcomeTrigger): string[] {
  const found = GOAL_NAME.test(goal) ? [] : [`listens to a goal whose name is ${JSON.stringify(goal)}`];
  for (const [field, path] of Object.entries(input))
    if (typeof path !== 'string' || !FIRST_NAMES.includes(path.split('.')[0] as string))
      found.push(
        `takes its input's '${field}' from '${path}'; a path begins with one of ${FIRST_NAMES.join(', ')}`,
      );
  return found;
}

/** Of goals of another team in the same module. */
function problemsOfUse(goal: Goal, byName: ReadonlyMap<string, Goal>): string[] {
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

function circle(what: string, byName: ReadonlyMap<string, Goal>, next: (goal: Goal) => string[]): Problem[] {
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
