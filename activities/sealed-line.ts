// A line of the log where values are sealed: the texts of a run's errors hold values as its history does, and so a log names an error
// by its type and code. Whoever has a key reads the rest in the run's view.

const HIDDEN = '<sealed>';
const OF_A_RUN = ['run', 'workflowId', 'workflowRunId'];
const FRAME = /^\s+at /;

/** The line, as pino wrote it, without the texts of a run's errors. */
export function sealedLine(line: string): string {
  if (!line.includes('"err":') && !line.includes('"error":')) return line;
  const fields = JSON.parse(line) as Record<string, unknown>;
  if (!OF_A_RUN.some((name) => name in fields)) return line;
  if ('error' in fields) fields.error = HIDDEN;
  if ('err' in fields) fields.err = withoutTexts(fields.err);
  return `${JSON.stringify(fields)}\n`;
}

function withoutTexts(err: unknown): unknown {
  if (typeof err !== 'object' || err === null) return HIDDEN;
  const { type, code, stack } = err as Record<string, unknown>;
  const frames = typeof stack === 'string' ? stack.split('\n').filter((one) => FRAME.test(one)) : [];
  return { type, code, message: HIDDEN, stack: frames.join('\n') };
}
