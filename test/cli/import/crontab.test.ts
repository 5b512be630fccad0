import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Crontab, readCrontab } from '../../../cli/import/crontab.ts';
import { goalName, uniqueNames } from '../../../cli/import/goal-name.ts';
import { freshFor } from '../../../cli/import/goals-folder.ts';
import { clockTimes } from '../../../goals/wire/clock-times.ts';

const folder = new URL('./crontabs/', import.meta.url);
const systemOnes = ['certbot.crontab', 'debian-system.crontab'];

const read = (name: string): Crontab =>
  readCrontab(readFileSync(new URL(name, folder), 'utf8'), systemOnes.includes(name) ? 'system' : 'user');
const namesOf = ({ lines }: Crontab): string[] => uniqueNames(lines.map(({ command }) => goalName(command)));

describe('a crontab of each kind found in public', () => {
  test('there are ten', () => {
    expect(readdirSync(fileURLToPath(folder))).toHaveLength(10);
  });

  test('backups: environment, comments, escaped percent signs, redirections', () => {
    const found = read('backups.crontab');
    expect(found.refused).toEqual([]);
    expect(namesOf(found)).toEqual(['mysqldump', 'rsync', 'find', 'full-backup']);
    expect(found.lines[0]).toMatchObject({
      ...{ line: 8, cron: '15 1 * * *', shell: '/bin/bash', mailTo: 'ops@example.com', stdin: null },
      comment: 'The databases are dumped',
      command: 'mysqldump --all-databases --single-transaction | gzip > /srv/backup/db-$(date +%F).sql.gz',
      environment: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/bin:/bin', HOME: '/srv/backup' },
    });
    expect(found.lines[1]?.command).toMatch(/>> \/var\/log\/rsync\.log 2>&1$/);
    expect(found.lines[3]).toMatchObject({ comment: null, cron: '45 3 * * sun' });
  });

  test("certbot: a system's crontab names users, and the program is found behind its tests", () => {
    const found = read('certbot.crontab');
    expect(found.lines).toHaveLength(1);
    expect(found.lines[0]).toMatchObject({ user: 'root', cron: '0 */12 * * *' });
    expect(found.lines[0]?.command).toMatch(/^test -x \/usr\/bin\/certbot/);
    expect(namesOf(found)).toEqual(['certbot']);
  });

  test("Debian's own: tabs between fields, names from run-parts, once for each folder", () => {
    const found = read('debian-system.crontab');
    expect(found.lines.map(({ cron, user }) => [cron, user])).toEqual([
      ['17 * * * *', 'root'],
      ['25 6 * * *', 'root'],
      ['47 6 * * 7', 'root'],
      ['52 6 1 * *', 'root'],
    ]);
    expect(namesOf(found)).toEqual(['run-parts', 'run-parts-2', 'run-parts-3', 'run-parts-4']);
  });

  test('Drupal: an empty MAILTO, macros, variables in a command', () => {
    const found = read('drupal.crontab');
    expect(found.lines.map(({ cron }) => cron)).toEqual(['*/15 * * * *', '@hourly', '@daily']);
    expect(found.lines.every(({ mailTo }) => mailTo === '')).toBe(true);
    expect(namesOf(found)).toEqual(['wget', 'drush-cron', 'maintenance']);
  });

  test('Laravel: each minute, and every third month', () => {
    const found = read('laravel.crontab');
    expect(found.lines.map(({ cron }) => cron)).toEqual(['* * * * *', '@midnight', '0 0 1 1-12/3 *']);
    expect(namesOf(found)).toEqual([
      'artisan-schedule-run',
      'artisan-queue-prune-batches',
      'artisan-reports-quarter',
    ]);
  });

  test('Nextcloud: CRON_TZ holds for the lines below it, several addresses', () => {
    const found = read('nextcloud.crontab');
    expect(found.lines.map(({ timezone }) => timezone)).toEqual([
      'Europe/Berlin',
      'Europe/Berlin',
      'America/New_York',
    ]);
    expect(found.lines[0]?.mailTo).toBe('admin@example.org,second@example.org');
    expect(found.lines[0]?.environment).toEqual({});
    expect(namesOf(found)).toEqual(['cron', 'occ-files-scan', 'market-open']);
  });

  test('mail: what follows a percent sign is stdin; days of month and of week are either, or with a star both', () => {
    const found = read('mail.crontab');
    expect(found.lines[0]).toMatchObject({
      ...{ cron: '30 16 24 dec *', mailTo: 'paul', command: `mail -s "It's Christmas" family` },
      stdin: 'Dear all,\n\na bottle at 10% off\n\n',
    });
    expect(found.lines[1]?.cron).toBe('0 12 13 * fri');
    expect(found.lines[2]?.cron).toBe('0 12 */2 * +fri');
  });

  test('monitoring: wrappers before a program, steps of ranges, names of months; @reboot is refused in words', () => {
    const found = read('monitoring.crontab');
    expect(namesOf(found)).toEqual(['probe', 'collect', 'roll-up', 'quiet']);
    expect(found.lines.map(({ cron }) => cron)).toEqual([
      '*/2 7-18 * * 1,2,3,4,5',
      '1-59/10 * * * *',
      '5,35 0-23/2 * jan,jul *',
      '*/30 * * * *',
    ]);
    expect(found.refused).toEqual([
      {
        ...{ line: 6, source: '@reboot /opt/probe/bin/agent --daemon' },
        reason: expect.stringMatching(/^@reboot is not a time: .*systemd/),
      },
    ]);
  });

  test('logrotate: macros, a random delay, and a day that comes every four years', () => {
    const found = read('logrotate.crontab');
    expect(found.lines.map(({ cron }) => cron)).toEqual([
      ...['@daily', '@weekly', '@monthly', '@yearly', '@annually', '0 0 29 2 *'],
    ]);
    expect(found.lines.every(({ jitterMinutes }) => jitterMinutes === 20)).toBe(true);
    expect(namesOf(found)).toEqual([
      ...['logrotate', 'updatedb', 'invoice', 'close-books', 'close-books-2', 'leap'],
    ]);
  });

  test('what other crons have, and mistakes, are refused line by line, each with its reason; the rest is kept', () => {
    const found = read('strange.crontab');
    expect(found.lines.map(({ command }) => command)).toEqual(['/bin/right']);
    expect(found.refused.map(({ line, reason }) => [line, reason])).toEqual([
      [2, expect.stringContaining('@every is not one of @hourly')],
      [3, expect.stringContaining("'H' is of another cron")],
      [4, expect.stringContaining("'0~59' is of another cron")],
      [5, expect.stringContaining("'L' is of another cron")],
      [6, expect.stringContaining("'60'")],
      [7, expect.stringContaining("'/bin/f'")],
      [8, 'it has no command'],
      [9, expect.stringContaining('@fortnightly is not one of')],
      [11, expect.stringContaining('CRON_TZ is "Mars/Olympus"')],
    ]);
  });
});

test('names are kebab-case whatever the command is, and each is one of its kind', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 80 }), { maxLength: 8 }), (commands) => {
      const names = uniqueNames(commands.map(goalName));
      for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      expect(new Set(names.map((name) => name.replaceAll('-', ''))).size).toBe(names.length);
    }),
  );
});

test('silence is noticed after the longest gap of a year, and some time for the run itself', () => {
  const now = Date.UTC(2026, 0, 1);
  expect(freshFor('*/5 * * * *', 'UTC', now)).toBe('20m');
  expect(freshFor('0 * * * *', 'UTC', now)).toBe('75m');
  expect(freshFor('30 2 * * *', 'UTC', now)).toBe('27h');
  // A day of 25 hours is no silence.
  expect(freshFor('30 12 * * *', 'Europe/Berlin', now)).toBe('28h');
  expect(freshFor('0 7 * * 1-5', 'UTC', now)).toBe('80h');
  expect(freshFor('@yearly', 'UTC', now)).toBe('9663h');
});

/** A reading of cron's times of its own: crontab(5) of Debian's cron, by the letter. */
function matches(fields: readonly string[], local: Date): boolean {
  const names = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
  const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const value = (text: string, named: readonly string[], first: number): number =>
    named.includes(text) ? named.indexOf(text) + first : Number(text);
  const has = (
    field: string,
    n: number,
    least: number,
    most: number,
    named: readonly string[] = [],
  ): boolean =>
    field.split(',').some((part) => {
      const [range = '', step = '1'] = part.split('/');
      const [from = '', to = from] = range === '*' ? [String(least), String(most)] : range.split('-');
      const [a, b] = [value(from, named, least), value(to, named, least)];
      return n >= a && n <= b && (n - a) % Number(step) === 0;
    });
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  const isDay = has(dayOfMonth, local.getUTCDate(), 1, 31);
  const isWeekday =
    has(dayOfWeek, local.getUTCDay(), 0, 6, days) ||
    (local.getUTCDay() === 0 && has(dayOfWeek, 7, 0, 6, days));
  const eitherDay = !dayOfMonth.startsWith('*') && !dayOfWeek.startsWith('*');
  return (
    has(minute, local.getUTCMinutes(), 0, 59) &&
    has(hour, local.getUTCHours(), 0, 23) &&
    has(month, local.getUTCMonth() + 1, 1, 12, names) &&
    (eitherDay ? isDay || isWeekday : isDay && isWeekday)
  );
}

test('a line comes at the times at which cron would run it', () => {
  const field = (least: number, most: number, named: readonly string[] = []): fc.Arbitrary<string> => {
    const number = fc.integer({ min: least, max: most });
    const range = fc.tuple(number, number).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    const part = fc.oneof(
      number.map(String),
      range.map(([a, b]) => `${a}-${b}`),
      fc.tuple(range, fc.integer({ min: 1, max: 9 })).map(([[a, b], step]) => `${a}-${b}/${step}`),
      ...(named.length === 0 ? [] : [fc.constantFrom(...named)]),
    );
    return fc.oneof(
      { weight: 3, arbitrary: fc.constant('*') },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 9 }).map((step) => `*/${step}`) },
      {
        weight: 4,
        arbitrary: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(',')),
      },
    );
  };
  const day = 86_400_000;
  const line = fc.tuple(
    fc.integer({ min: 0, max: 59 }).map(String),
    field(0, 23),
    field(1, 31),
    field(1, 12, ['feb', 'oct']),
    field(0, 7, ['sun', 'wed']),
  );
  fc.assert(
    fc.property(line, fc.integer({ min: 0, max: 700 }), (fields, from) => {
      const [first] = readCrontab(`${fields.join(' ')} true`, 'user').lines;
      expect(first, fields.join(' ')).toBeDefined();
      const begin = Date.UTC(2026, 0, 1) + from * day;
      const end = begin + 40 * day;
      const terms = { cron: [first?.cron ?? ''], every: null, timezone: 'UTC' };
      const expected: number[] = [];
      for (let hour = begin; hour < end; hour += 3_600_000) {
        const time = hour + Number(fields[0]) * 60_000;
        if (matches(fields, new Date(time))) expected.push(time);
      }
      expect([...clockTimes(terms, begin, end)]).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});
