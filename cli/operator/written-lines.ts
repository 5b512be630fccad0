// What the attempt wrote that a run failed by, or struggles with: the lines before its error.

import type { Client } from '../../client/create-client.ts';
import type { RunOf } from '../../client/index.ts';
import type { Failure } from '../../goals/wire/failure.ts';
import type { RunError } from '../../goals/wire/run-view.ts';
import { type Line, painted } from './painted.ts';
import { visibleLines } from './visible-text.ts';

const MOST_LINES = 20;
const quiet = painted('quiet');

/** The error that decided the outcome, or the last of a step that struggles; null where there is none, or it cannot be read. */
export async function tellingError(client: Client, run: RunOf): Promise<RunError | null> {
  const cause = (run as { failure?: Failure | null }).failure?.cause;
  const [struggle] = run.struggling;
  const step = cause?.step ?? struggle?.step;
  if (step == null) return null;
  const of = cause?.run ?? run.id;
  const execution = of === run.id ? run.execution : undefined;
  // The run has been shown without it for long: this is beside the point of the command.
  const page = await client.runs.errors(of, { execution }).catch(() => null);
  const errors = page?.items.filter((error) => error.step === step) ?? [];
  return errors.find(({ attempt }) => attempt === cause?.attempt) ?? errors.at(-1) ?? null;
}

/** The newest lines that its attempt wrote. */
export function writtenLines(error: RunError | null): Line[] {
  const { step, attempt, log } = error ?? {};
  if (log === undefined) return [];
  if (log.hidden)
    return ['', quiet(`${step}, attempt ${attempt} wrote ${log.dropped} lines; you may not see them`)];
  const shown = log.lines.slice(-MOST_LINES);
  const before = log.dropped + log.lines.length - shown.length;
  return [
    '',
    quiet(
      `${step}, attempt ${attempt} wrote${before === 0 ? '' : ` (${before} lines before are not shown)`}`,
    ),
    ...shown.flatMap(({ at, level, text }) =>
      visibleLines(text).map(
        (line): Line => ['  ', quiet(`${at.slice(11, 19)} ${(level ?? '').padEnd(5)} `), line],
      ),
    ),
  ];
}
