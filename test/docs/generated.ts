// Parts of pages that are made from tables in the code. `npm run docs:reference` writes them; a test compares.

import { readFileSync } from 'node:fs';
import { problemSections, routeSections, routeTable } from './api-reference.ts';
import { commandSections } from './command-reference.ts';
import { languageSections } from './language-reference.ts';

/** By page, and in it by the name of the block. */
export const generated: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'docs/reference/http-api.md': { 'table of routes': routeTable, routes: routeSections },
  'docs/reference/commands.md': { commands: commandSections },
  'docs/reference/language.md': { language: languageSections },
  'docs/reference/problems.md': { problems: problemSections },
};

/** The page as it should be: its own prose, and in each block what the code says. */
export function pageOf(path: string): string {
  const page = readFileSync(path, 'utf8');
  return Object.entries(generated[path] ?? {}).reduce((text, [name, make]) => {
    const [begin, end] = [`<!-- generated: ${name} -->\n`, '<!-- end -->\n'];
    const at = text.indexOf(begin);
    const until = text.indexOf(end, at);
    if (at < 0 || until < 0)
      throw new Error(`${path} has no block "${begin.trim()}" with its "${end.trim()}"`);
    return `${text.slice(0, at)}${begin}\n${make()}\n${text.slice(until)}`;
  }, page);
}
