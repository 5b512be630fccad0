// What is wrong with the datasets that a team's goals produce and use.

import { type DeclarationIssue, isSchema } from './declaration-issues.ts';
import type { Goal } from './goal.ts';
import type { NamedDataset } from './named-dataset.ts';
import { asJsonSchema, publishDataset } from './publish.ts';
import { mayUse } from './wire/between-goals.ts';
import { GOAL_NAME, NAME_LIMIT } from './wire/run-id.ts';
import { canonicalJson } from './wire/text/canonical-json.ts';

const PARTS_LIMIT = 5;

export function issuesOfDatasets(goals: readonly Goal[]): DeclarationIssue[] {
  const found: DeclarationIssue[] = [];
  const readable = new Map<string, NamedDataset>();
  for (const goal of goals)
    for (const field of ['produces', 'uses'] as const) {
      const listed: unknown = goal[field];
      const isList = Array.isArray(listed) && listed.every((one) => one?.kind === 'dataset');
      if (!isList) {
        const what = `${field} is not a list of datasets; make each with \`dataset({ … })\``;
        found.push({ where: `goal '${goal.name}'`, what });
        continue;
      }
      for (const one of listed as NamedDataset[]) {
        const where = `dataset '${one.name}'`;
        const before = readable.get(one.name);
        const issues = before === one ? [] : issuesOfDataset(one);
        if (before === undefined || issues.length > 0) found.push(...issues.map((what) => ({ where, what })));
        if (issues.length > 0) continue;
        if (before === undefined) readable.set(one.name, one);
        else if (canonicalJson(publishDataset(before)) !== canonicalJson(publishDataset(one)))
          found.push({ where, what: 'is declared twice, and not the same; declare it once and import it' });
        const refused = issueOfRight(goal, field, one);
        if (refused !== null) found.push({ where: `goal '${goal.name}'`, what: refused });
      }
    }
  return [...new Map(found.map((issue) => [`${issue.where} ${issue.what}`, issue])).values()];
}

function issueOfRight({ team }: Goal, field: 'produces' | 'uses', one: NamedDataset): string | null {
  if (field === 'produces' && one.team !== team)
    return `produces '${one.name}', which belongs to the team '${one.team}'; only its own goals produce it`;
  if (field === 'uses' && !mayUse(one, team))
    return `uses '${one.name}', which the team '${one.team}' has not opened to '${team}'; add it there to \`usableBy\``;
  return null;
}

function issuesOfDataset(one: NamedDataset): string[] {
  const { name, team, description, partition, schema, usableBy } = one;
  if (typeof name !== 'string' || !GOAL_NAME.test(name) || name.length > NAME_LIMIT)
    return [`its name is not kebab-case of up to ${NAME_LIMIT} characters; write such as 'orders'`];
  const found: string[] = [];
  if (typeof team !== 'string' || team.trim() === '') found.push('has no team; say it in a string');
  if (typeof description !== 'string' || description.trim() === '')
    found.push('has no description; say in a sentence which data it is');
  const isList =
    Array.isArray(partition) &&
    partition.length <= PARTS_LIMIT &&
    new Set(partition).size === partition.length &&
    partition.every((part) => typeof part === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,59}$/.test(part));
  if (!isList)
    found.push(
      `partition is not a list of up to ${PARTS_LIMIT} names of letters and digits; write such as ['day']`,
    );
  if (schema !== null) {
    if (!isSchema(schema)) found.push('schema is not a zod schema; write such as z.object({ … })');
    else
      try {
        asJsonSchema(schema);
      } catch (error) {
        found.push(`schema cannot be written as JSON Schema: ${(error as Error).message}`);
      }
  }
  if (usableBy !== 'all' && !(Array.isArray(usableBy) && usableBy.every((team) => typeof team === 'string')))
    found.push("usableBy is neither 'all' nor a list of teams; write such as `usableBy: ['sales']`");
  return found;
}
