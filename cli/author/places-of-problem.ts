// Where in a team's files a problem is, which some loader, bundler or check has told in words.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GoalsImpure } from '../../activities/bundle.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { type CheckIssue, issueAt } from './check-issue.ts';
import { placeAt, placeOfImport, type SourceFile, type SourcePlace } from './source-files.ts';

/** The issues that an error is; `module` is what was loaded when it came. */
export function placesOfProblem(error: unknown, module: string, files: readonly SourceFile[]): CheckIssue[] {
  if (error instanceof GoalsImpure) return impurities(error, module, files);
  if (!(error instanceof StartProblem))
    return [issueAt(module, 'error', 'check_failed', error instanceof Error ? error.message : String(error))];
  if (error.code === 'module_broken') return unloaded(error.cause, module, files);
  if (error.code === 'config_invalid') return configIssues(error, module, files);
  const place =
    error.code === 'zod_twice' ? placeOfImport(files, ({ specifier }) => specifier === 'zod') : null;
  return [issueAt(place ?? module, 'error', error.code, error.message)];
}

function configIssues({ message }: StartProblem, file: string, files: readonly SourceFile[]): CheckIssue[] {
  const config = files.find(({ path }) => path === file);
  return message
    .split('\n')
    .slice(1)
    .map((line) => {
      const key = /^\s*'([^']+)'/.exec(line)?.[1];
      const at =
        key === undefined ? -1 : (config?.text.search(new RegExp(`\\b${key}\\b(?=['"]?\\s*[:,])`)) ?? -1);
      const place = config === undefined || at === -1 ? file : placeAt(config, at);
      return issueAt(place, 'error', 'config_invalid', line.trim());
    });
}

/** `/team/goals.ts:2:16: ERROR: Unexpected ";"`, as tsx tells it, a line each. */
const NOT_PARSED = /^(.+):(\d+):(\d+): ERROR: (.*)$/gm;
const NOT_FOUND = /^Cannot find (?:module|package) '(.+?)' imported from (.+)$/m;
const NOT_EXPORTED = /^The requested module '(.+?)' does not provide an export named '(.+?)'/m;
/** A line of a stack. */
const THROWN_AT = /\(?((?:file:\/\/)?\/[^\s()]+?|[A-Za-z]:\\[^\s()]+?):(\d+):(\d+)\)?$/gm;

function unloaded(cause: unknown, module: string, files: readonly SourceFile[]): CheckIssue[] {
  const { message, stack = '' } = cause instanceof Error ? cause : new Error(`it threw ${String(cause)}`);
  const broken = (place: SourcePlace | string, text: string): CheckIssue =>
    issueAt(place, 'error', 'module_broken', text);
  const unparsed = [...message.matchAll(NOT_PARSED)].map(([, file = module, line, column, text = '']) =>
    broken({ file, line: Number(line), column: Number(column) + 1 }, text),
  );
  if (unparsed.length > 0) return unparsed;
  const [, missing, importer] = NOT_FOUND.exec(message) ?? [];
  if (missing !== undefined && importer !== undefined) {
    const from = importer.startsWith('file:') ? fileURLToPath(importer) : importer;
    const inIt = files.filter(({ path }) => path === from);
    const place = placeOfImport(
      inIt,
      ({ specifier }) => specifier === missing || resolve(from, '..', specifier) === missing,
    );
    return [broken(place ?? from, message)];
  }
  const [, source] = NOT_EXPORTED.exec(message) ?? [];
  if (source !== undefined)
    return [broken(placeOfImport(files, ({ specifier }) => specifier === source) ?? module, message)];
  const known = new Set(files.map(({ path }) => path));
  for (const [, at = '', line, column] of stack.matchAll(THROWN_AT)) {
    const file = at.startsWith('file:') ? fileURLToPath(at) : at;
    if (known.has(file)) return [broken({ file, line: Number(line), column: Number(column) }, message)];
  }
  return [broken(module, message)];
}

const MEND =
  'the sandbox where goals live has no such thing: import nothing there but zod and goalkeeper, and do the rest in a job';

/** What webpack could not bundle: the import of the team's that led there. */
function impurities(
  { complaints, message }: GoalsImpure,
  module: string,
  files: readonly SourceFile[],
): CheckIssue[] {
  if (complaints.length === 0) return [issueAt(module, 'error', 'goals_impure', message)];
  return complaints.map((complaint) => {
    const unresolved = /Can't resolve '(.+?)'/.exec(complaint)?.[1];
    const first = /^ERROR in (\S+)/.exec(complaint)?.[1] ?? '';
    const culprit = unresolved ?? first;
    const chain = [first, ...[...complaint.matchAll(/^\s*@ (\S+)/gm)].map(([, path = '']) => path)];
    const direct = placeOfImport(files, ({ specifier }) => bare(specifier) === bare(culprit));
    const packages = new Set(
      chain.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
    );
    const byPackage = placeOfImport(files, ({ specifier }) =>
      [...packages].some((name) => specifier === name || specifier.startsWith(`${name}/`)),
    );
    const through = direct === null && packages.size > 0 ? `${[...packages].at(-1)} imports ` : '';
    return issueAt(direct ?? byPackage ?? module, 'error', 'goals_impure', `${through}${culprit}: ${MEND}`);
  });
}

const bare = (specifier: string): string => specifier.replace(/^node:/, '');
