// Patterns of goals and jobs that can blow up: one text that somebody sends would hold a worker's thread, or a gateway's,
// for hours. They are refused before anything is published.

import { z } from 'zod';
import type { Goal, Job } from '../goals/index.ts';
import { slowPart } from './prove-pattern.ts';
import { patternsIn } from './schema-parts.ts';

/** What is wrong with them, each by the goal or job, and the path to it. */
export function slowPatterns(
  goals: readonly Goal[],
  bound: readonly Job[],
): { where: string; what: string }[] {
  const jobs = new Set([...goals.flatMap((goal) => goal.jobs), ...bound]);
  const declared = [
    ...goals.map(({ name, input, output }) => ({ where: `goal '${name}'`, input, output })),
    ...[...jobs].map(({ name, input, output }) => ({ where: `job '${name}'`, input, output })),
  ];
  return declared.flatMap(({ where, ...schemas }) =>
    Object.entries(schemas).flatMap(([field, schema]) =>
      patternsIn(schema, field).flatMap(({ path, pattern }) => {
        const part = provenSlow(pattern);
        return part === null ? [] : [{ where, what: said(path, pattern, part) }];
      }),
    ),
  );
}

const said = (path: string, { source }: RegExp, part: string): string =>
  `the pattern of ${path}, /${shown(source)}/, can take hours with a text that repeats ${JSON.stringify(shown(part))}: ` +
  'let each text match in one way only, begin it with ^, and bound what it repeats, such as {0,200}';

const shown = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text);

// Those of zod's own formats are known to be quick; a test tries each.
const KNOWN = new Set(
  Object.values(z.regexes).flatMap((known) => (known instanceof RegExp ? [known.source] : [])),
);
const proven = new Map<string, string | null>();

/** Whether a schema has patterns beside those that zod brings. */
export const hasOwnPatterns = (schema: unknown): boolean =>
  patternsIn(schema, '').some(({ pattern }) => !KNOWN.has(pattern.source));

function provenSlow(pattern: RegExp): string | null {
  if (KNOWN.has(pattern.source)) return null;
  const key = String(pattern);
  const before = proven.get(key);
  if (before !== undefined) return before;
  const part = slowPart(pattern);
  proven.set(key, part);
  return part;
}
