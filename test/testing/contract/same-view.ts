// What of two views of one scenario must be equal: all but what is left out here, each for a reason.

import type { Run, RunError } from '../../../goals/wire/run-view.ts';

/** Fields, wherever they are, that are not compared. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  startedAt: 'a time: the engine has the real one',
  closedAt: 'a time',
  at: 'a time',
  deadline: 'a time',
  expiresAt: 'a time',
  nextAttemptAt: 'a time',
  ms: 'how long a call took',
  rate: 'items a second: follows from times',
  estimatedEnd: 'a time',
  execution: "Temporal's ID",
  worker: 'which process made an attempt',
  stack: 'frames of what ran the job, which is another code',
  thrown: 'a place in the bundle of the workflow, or in the source',
};

/** Of `expires` the time is left out, and the consequence is compared. */
const told = (value: unknown, name = ''): unknown => {
  if (name in LEFT_OUT) return undefined;
  if (Array.isArray(value)) return value.map((one) => told(one));
  if (typeof value === 'string') return inMessage(value);
  if (typeof value !== 'object' || value === null) return value;
  // Whether a teardown ends before its run does is a race.
  if ('state' in value && value.state === 'cleaned') return told({ ...value, state: 'cleaning' });
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => {
      const shown = told(one, name);
      return shown === undefined ? [] : [[name, shown]];
    }),
  );
};

/** Durations in a message are measured, and the place of a bug is another file of the same code. */
const inMessage = (text: string): string =>
  text
    .replace(/\d+(?:\.\d+)? (?:ms|s|m|h)\b/g, '<time>')
    .replace(/threw at \S+ /, 'threw ')
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, '<time>');

const byPath = <T>(of: readonly T[], path: (one: T) => string): T[] =>
  [...of].sort((a, b) => path(a).localeCompare(path(b)));

/** Steps and errors in the order of their paths: of two that go on beside each other neither is the first. */
export const comparable = (run: Run, errors: readonly RunError[]): unknown =>
  told({
    ...run,
    // Who started it, which is a test of the engine or the simulator.
    why: undefined,
    steps: byPath(run.steps, ({ path }) => path),
    ledger: byPath(errors, ({ id }) => id),
  });
