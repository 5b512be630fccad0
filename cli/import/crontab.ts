// Reads a crontab, as Debian's cron and cronie do (crontab(5)): environment, times, commands. Nothing of it is run.

import { cronFields } from '../../goals/wire/cron-fields.ts';

/** One line of a crontab that runs something. */
export interface CronLine {
  /** From 1. */
  line: number;
  /** As it stands in the crontab. */
  source: string;
  /** The comment right above it. */
  comment: string | null;
  cron: string;
  /** Of the times; null: the machine's own. */
  timezone: string | null;
  /** Each run begins up to so many minutes later, at random. */
  jitterMinutes: number;
  /** In a crontab of the system. */
  user: string | null;
  shell: string;
  environment: Record<string, string>;
  /** Where cron sends mail; null: nothing is said. */
  mailTo: string | null;
  /** For the shell. */
  command: string;
  /** After the first `%`; null: nothing. */
  stdin: string | null;
}

/** A line that is not taken over. */
export interface RefusedLine {
  line: number;
  source: string;
  reason: string;
}

export interface Crontab {
  lines: CronLine[];
  refused: RefusedLine[];
}

/** `system`: each line names a user before its command, as in /etc/crontab and /etc/cron.d. */
export type CrontabKind = 'user' | 'system';

const VARIABLE = /^\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z_][\w.-]*))\s*=\s*(.*?)\s*$/;
const MACROS = ['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually'];

/** Variables of cron's own; the others are the commands' environment. */
const OF_CRON = [
  'SHELL',
  'MAILTO',
  'MAILFROM',
  'CRON_TZ',
  'RANDOM_DELAY',
  'CONTENT_TYPE',
  'CONTENT_TRANSFER_ENCODING',
];

/** All lines of a crontab; what cannot be taken over is refused line by line. */
export function readCrontab(text: string, kind: CrontabKind): Crontab {
  const found: Crontab = { lines: [], refused: [] };
  const variables: Record<string, string> = {};
  let comment: string | null = null;
  for (const [i, source] of text.split(/\r?\n/).entries()) {
    const trimmed = source.trim();
    if (trimmed === '' || trimmed.startsWith('#')) {
      comment = /^#+\s*(\S.*)$/.exec(trimmed)?.[1] ?? null;
      continue;
    }
    const variable = VARIABLE.exec(source);
    if (variable !== null) {
      const [, double, single, bare, value = ''] = variable;
      variables[double ?? single ?? bare ?? ''] = unquoted(value);
      comment = null;
      continue;
    }
    const read = lineOf(trimmed, kind, variables);
    if (typeof read === 'string') found.refused.push({ line: i + 1, source: trimmed, reason: read });
    else found.lines.push({ line: i + 1, source: trimmed, comment, ...read });
    comment = null;
  }
  return found;
}

type Read = Omit<CronLine, 'line' | 'source' | 'comment'>;

/** A line, or why it is refused. */
function lineOf(line: string, kind: CrontabKind, variables: Readonly<Record<string, string>>): Read | string {
  // A dash keeps a line out of the system's log, on some systems.
  const { times, rest } = timesOf(line.replace(/^-(?=[*\d@])/, ''));
  const cron = cronOf(times);
  if ('refusal' in cron) return cron.refusal;
  const [, user = null, command = ''] =
    kind === 'system' ? (/^(\S+)\s+(.*)$/.exec(rest) ?? []) : [rest, null, rest];
  if (command === '')
    return kind === 'system'
      ? 'it has no command after its user; a crontab of one user is read with --user-format'
      : 'it has no command';
  const zone = variables.CRON_TZ ?? null;
  if (zone !== null && !isZone(zone))
    return `CRON_TZ is ${JSON.stringify(zone)}, which is not a time zone that the IANA names; write such as 'Europe/Paris'`;
  const delay = Number(variables.RANDOM_DELAY ?? 0);
  return {
    cron: cron.text,
    timezone: zone,
    jitterMinutes: Number.isFinite(delay) && delay > 0 ? delay : 0,
    user,
    shell: variables.SHELL ?? '/bin/sh',
    environment: Object.fromEntries(Object.entries(variables).filter(([name]) => !OF_CRON.includes(name))),
    mailTo: variables.MAILTO ?? null,
    ...commandOf(command),
  };
}

function timesOf(line: string): { times: string; rest: string } {
  const [, times = '', rest = ''] = (line.startsWith('@')
    ? /^(\S+)\s*(.*)$/
    : /^((?:\S+\s+){4}\S+)\s*(.*)$/
  ).exec(line) ?? ['', line, ''];
  return { times: times.replace(/\s+/g, ' '), rest };
}

function cronOf(times: string): { text: string } | { refusal: string } {
  if (times.toLowerCase() === '@reboot')
    return {
      refusal:
        '@reboot is not a time: nothing schedules a goal when a machine starts; let its init system (systemd) start what must always run',
    };
  if (times.startsWith('@'))
    return MACROS.includes(times.toLowerCase())
      ? { text: times.toLowerCase() }
      : { refusal: `${times} is not one of ${MACROS.join(', ')}` };
  const fields = times.split(' ');
  if (fields.length < 5)
    return { refusal: `it has ${fields.length} fields where five for the time and a command should be` };
  const strange = fields.find((field) => /[~?#]|^H|(?:^|,)\d*[LW]$/.test(field));
  if (strange !== undefined)
    return {
      refusal: `'${strange}' is of another cron (random, last, nearest or hashed times); write fixed times`,
    };
  // As crons read it: a field that begins with a star leaves the choice to the other one, so a day must be both.
  const [dayOfMonth = '', , dayOfWeek = ''] = fields.slice(2);
  const isBoth =
    dayOfMonth !== '*' && dayOfWeek !== '*' && (dayOfMonth.startsWith('*') || dayOfWeek.startsWith('*'));
  const text = [...fields.slice(0, 4), isBoth ? `+${dayOfWeek}` : dayOfWeek].join(' ');
  const read = cronFields(text);
  return typeof read === 'string' ? { refusal: read } : { text };
}

/** The command up to the first `%` that is not escaped; what follows is its stdin, where each `%` is a new line. */
function commandOf(rest: string): { command: string; stdin: string | null } {
  const parts = rest.split(/(?<!\\)%/).map((part) => part.replaceAll('\\%', '%'));
  const [command = '', ...lines] = parts;
  return { command: command.trim(), stdin: lines.length === 0 ? null : `${lines.join('\n')}\n` };
}

const unquoted = (value: string): string => /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return /^[A-Za-z]/.test(zone);
  } catch {
    return false;
  }
}
