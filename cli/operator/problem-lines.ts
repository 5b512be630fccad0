// A problem for a person: what is wrong, with each field of it, and how to mend it.

import { GoalkeeperProblem, GoalkeeperUnreachable } from '../../client/index.ts';
import { problems } from '../../goals/wire/problem-codes.ts';
import { CommandProblem } from './command-problem.ts';
import { type Line, painted } from './painted.ts';
import { textWidth, visibleLines, visibleText } from './visible-text.ts';

/** Of whatever a command threw. */
export function problemLines(error: unknown): Line[] {
  const { message, code = 'internal' } = error as Error & { code?: string };
  if (error instanceof GoalkeeperProblem) {
    const row = Object.hasOwn(problems, error.code) ? problems[error.code] : null;
    return [
      ...headed(error.code, error.detail),
      ...fieldLines(error.errors),
      ...(row === null ? [] : [painted('quiet')(row.mend)]),
    ];
  }
  if (error instanceof GoalkeeperUnreachable)
    return [
      ...headed(code, message),
      painted('quiet')('--url, GOALKEEPER_URL or a profile name another gateway.'),
    ];
  return [...headed(code, message), ...(error instanceof CommandProblem ? fieldLines(error.errors) : [])];
}

function headed(code: string, message: string): Line[] {
  const [first = '', ...more] = visibleLines(message);
  return [[painted('bad')(code), `: ${first}`], ...more];
}

/** Each beside its field. */
function fieldLines(errors: readonly { path: string; message: string }[]): Line[] {
  const fields = errors.map(({ path }) => visibleText(path || 'input'));
  const width = Math.max(0, ...fields.map(textWidth));
  return errors.flatMap(({ message }, at) => {
    const field = fields[at] ?? '';
    const [first = '', ...more] = visibleLines(message);
    return [
      ['  ', painted('strong')(field), `${' '.repeat(width - textWidth(field))}  ${first}`],
      ...more.map((line): Line => `${' '.repeat(width + 4)}${line}`),
    ];
  });
}
