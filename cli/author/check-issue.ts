import { relative } from 'node:path';
import type { SourcePlace } from './source-files.ts';

/** One thing wrong with a project, where it is known to be. */
export interface CheckIssue extends SourcePlace {
  /** A warning is no mistake: it may be meant. */
  severity: 'error' | 'warning';
  /** A start code (docs/reference/start-codes.md), or one of `check` alone. */
  code: string;
  message: string;
}

/** An issue at a place, or of a file: it then stands at its beginning, as editors want a line. */
export const issueAt = (
  place: SourcePlace | string,
  severity: CheckIssue['severity'],
  code: string,
  message: string,
): CheckIssue => ({
  ...(typeof place === 'string' ? { file: place, line: 1, column: 1 } : place),
  severity,
  code,
  message,
});

export const isError = ({ severity }: CheckIssue): boolean => severity === 'error';

/** `goals.ts:12:3: error goals_invalid: …`, in one line, with the path as seen from the folder of the command. */
export const issueLine = ({ file, line, column, severity, code, message }: CheckIssue): string =>
  `${relative(process.cwd(), file)}:${line}:${column}: ${severity} ${code}: ${message.replace(/\s*\n\s*/g, ' ')}`;
