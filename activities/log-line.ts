// A line of a log as a job gave it: bounded, and with what is not a job's to say kept apart. Isolates load this file.

import { boundedText } from '../goals/wire/text/bounded-text.ts';

/** All texts of a line together. */
export const LINE_CHARACTERS = 2000;
/** What is longer is no line that anybody reads. */
export const LONGEST_LINE = 64_000;
const MOST_FIELDS = 100;
const DEPTH = 6;

/** What the worker says of an attempt, and pino of a line. */
const OURS = new Set([
  ...['level', 'time', 'pid', 'hostname', 'name', 'msg', 'v'],
  ...['goal', 'run', 'execution', 'step', 'attempt', 'serverAttempt', 'activityType', 'taskQueue'],
]);

/** What of a job's fields has a name of ours is under this one. */
export const GIVEN = 'given';

export interface JobLine {
  level: number;
  msg: string | undefined;
  fields: Record<string, unknown>;
}

// By which pino tells them in a job's lines: a field of the job's own is not taken for them.
const LEVEL = 'gk:level';
const MESSAGE = 'gk:msg';

/** So that `readLine` can tell a level from a field that is called so. */
export const LINE_OPTIONS = {
  base: null,
  timestamp: false,
  messageKey: MESSAGE,
  formatters: { level: (_: string, level: number) => ({ [LEVEL]: level }) },
} as const;

/** A line as pino wrote it with `LINE_OPTIONS`. */
export function readLine(line: string): JobLine {
  if (line.length > LONGEST_LINE) return { level: 30, msg: boundedText(line, LINE_CHARACTERS), fields: {} };
  const { [LEVEL]: level, [MESSAGE]: msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const room = { characters: LINE_CHARACTERS, fields: MOST_FIELDS };
  const text = msg === undefined ? undefined : String(bounded(String(msg), room, 0));
  const own: Record<string, unknown> = {};
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (room.fields-- <= 0) break;
    (OURS.has(name) ? given : own)[name.slice(0, 100)] = bounded(value, room, 0);
  }
  // A line that crossed from an isolate has been read before.
  const before = typeof own[GIVEN] === 'object' ? own[GIVEN] : {};
  const fieldsNow = Object.keys(given).length === 0 ? own : { ...own, [GIVEN]: { ...before, ...given } };
  return { level: typeof level === 'number' ? level : 30, msg: text, fields: fieldsNow };
}

/** The same line once more. */
export const writtenLine = ({ level, msg, fields }: JobLine): string =>
  JSON.stringify({ [LEVEL]: level, ...fields, [MESSAGE]: msg });

function bounded(value: unknown, room: { characters: number; fields: number }, depth: number): unknown {
  if (typeof value === 'string') {
    const text = boundedText(value, Math.max(0, room.characters));
    room.characters -= text.length;
    return text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEPTH || room.characters <= 0) return '…';
  const entries: [string, unknown][] = [];
  for (const [name, one] of Object.entries(value)) {
    if (room.fields-- <= 0 || room.characters <= 0) break;
    room.characters -= Math.min(name.length, 100);
    entries.push([name.slice(0, 100), bounded(one, room, depth + 1)]);
  }
  return Array.isArray(value) ? entries.map(([, one]) => one) : Object.fromEntries(entries);
}
