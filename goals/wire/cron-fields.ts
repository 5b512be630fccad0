// Cron expressions as sets of numbers. Five fields, a year after them, or a year after and seconds before them.

interface Field {
  name: string;
  least: number;
  most: number;
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const SECOND: Field = { name: 'second', least: 0, most: 59 };
const YEAR: Field = { name: 'year', least: 2000, most: 2100 };
const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of the week', least: 0, most: 7, names: DAYS },
];

const MACROS: Record<string, string> = {
  ...{ '@hourly': '0 * * * *', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@weekly': '0 0 * * 0' },
  ...{ '@monthly': '0 0 1 * *', '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *' },
};

/** The numbers of each field, in order. An empty `year` is any. */
export interface CronFields {
  second: number[];
  minute: number[];
  hour: number[];
  dayOfMonth: number[];
  month: number[];
  /** 0 is Sunday. */
  dayOfWeek: number[];
  year: number[];
  /** Day of the month and day of the week are both named: either makes a day one of these, as POSIX says. */
  eitherDay: boolean;
}

/** The fields of a cron expression, or what is wrong with it in a sentence. */
export function cronFields(cron: unknown): CronFields | string {
  if (typeof cron !== 'string')
    return `${JSON.stringify(cron)} is not a cron expression; write such as '0 5 * * *'`;
  const parts = (Object.hasOwn(MACROS, cron) ? (MACROS[cron] as string) : cron).trim().split(/\s+/);
  const fields = { 5: FIELDS, 6: [...FIELDS, YEAR], 7: [SECOND, ...FIELDS, YEAR] }[parts.length];
  if (fields === undefined)
    return `'${cron}' is not a cron expression: it has ${parts.length} fields; write five, such as '0 5 * * *'`;
  const days = fields.length - (fields.at(-1) === YEAR ? 2 : 1);
  // The plus of croner: both days have to fit.
  const isBoth = (parts[days] as string).startsWith('+');
  if (isBoth) parts[days] = (parts[days] as string).slice(1);
  const found = new Map<string, number[]>();
  for (const [i, field] of fields.entries()) {
    const numbers = new Set<number>();
    for (const part of (parts[i] as string).split(',')) {
      const some = numbersOf(part, field);
      if (some === null)
        return `'${cron}' is not a cron expression: '${part}' is not a valid ${field.name} (${field.least} to ${field.most})`;
      // Both 0 and 7 are Sunday.
      for (const n of some) numbers.add(field.most === 7 ? n % 7 : n);
    }
    found.set(
      field.name,
      [...numbers].sort((a, b) => a - b),
    );
  }
  const [dayOfMonth, dayOfWeek] = [parts[days - 2] as string, parts[days] as string];
  const areNamed = dayOfMonth !== '*' && dayOfWeek !== '*' && !isBoth;
  if (areNamed && (dayOfMonth.startsWith('*/') || dayOfWeek.startsWith('*/')))
    return (
      `'${cron}' names days of the month and of the week, one of them by '*/', which crons read in two ways: ` +
      `write '+${dayOfWeek}' for days that are both, or two expressions for days that are either`
    );
  const of = (name: string): number[] => found.get(name) ?? [];
  const year = of('year');
  return {
    ...{ second: found.get('second') ?? [0], minute: of('minute'), hour: of('hour'), month: of('month') },
    ...{ dayOfMonth: of('day of the month'), dayOfWeek: of('day of the week'), eitherDay: areNamed },
    year: year.length > YEAR.most - YEAR.least ? [] : year,
  };
}

function numbersOf(part: string, field: Field): number[] | null {
  const match = /^(\*|[a-z]+|\d+)(?:-([a-z]+|\d+))?(?:\/(\d+))?$/i.exec(part);
  if (match === null) return null;
  const [, from = '', to, step] = match;
  if (step !== undefined && Number(step) === 0) return null;
  if (from === '*' && to !== undefined) return null;
  const first = from === '*' ? field.least : numberOf(from, field);
  // A single number with a step goes on to the end.
  const last =
    from === '*' || (to === undefined && step !== undefined) ? mostOf(field) : numberOf(to ?? from, field);
  if (first === null || last === null || first > last) return null;
  const numbers: number[] = [];
  for (let n = first; n <= last; n += Number(step ?? 1)) numbers.push(n);
  return numbers;
}

/** Of days of the week the seventh is Sunday again, and counts only where somebody writes it. */
const mostOf = ({ most }: Field): number => (most === 7 ? 6 : most);

function numberOf(text: string, { least, most, names }: Field): number | null {
  const named = names?.indexOf(text.slice(0, 3).toLowerCase()) ?? -1;
  if (!/^\d+$/.test(text)) return named === -1 ? null : named + least;
  return Number(text) >= least && Number(text) <= most ? Number(text) : null;
}
