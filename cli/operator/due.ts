import type { Command } from 'commander';
import type { DueItem, DueLine, DueState } from '../../goals/wire/due.ts';
import { type ListOptions, listed, operatorCommand, printList } from './operator-command.ts';
import { type Part, painted, type Tone } from './painted.ts';
import type { Screen } from './screen.ts';
import type { Column } from './table.ts';
import { whenAt } from './times.ts';

interface Options extends ListOptions {
  day?: string;
  timezone?: string;
  team?: string;
  owner?: string;
}

const counted = (head: string, part: keyof DueLine, tone?: Tone): Column<DueLine> => ({
  head,
  cell: (line): Part => {
    const count = line[part];
    if (count === 0) return '';
    return tone === undefined ? String(count) : painted(tone)(String(count));
  },
  plain: (line) => String(line[part]),
});

const LINE_COLUMNS: readonly Column<DueLine>[] = [
  { head: 'OWNER', cell: ({ owner }) => owner, cut: 'text' },
  counted('DUE', 'due'),
  counted('ACHIEVED', 'achieved', 'quiet'),
  counted('OPEN', 'open'),
  counted('AT RISK', 'atRisk', 'careful'),
  counted('LATE', 'late', 'careful'),
  counted('FAILED', 'failed', 'bad'),
  counted('MISSING', 'missing', 'bad'),
  counted('AHEAD', 'ahead', 'quiet'),
];

const TONES: Readonly<Record<DueState, Tone>> = {
  ...{ missing: 'bad', failed: 'bad', late: 'careful', atRisk: 'careful' },
  ...{ open: 'quiet', ahead: 'quiet', achieved: 'quiet' },
};

const ITEM_COLUMNS: readonly Column<DueItem>[] = [
  { head: 'STATE', cell: ({ state }) => painted(TONES[state])(state) },
  { head: 'DUE', cell: ({ due }) => whenAt(due), plain: ({ due }) => due },
  { head: 'GOAL', cell: ({ goal }) => goal },
  { head: 'RUN', cell: ({ run }) => run, cut: 'id' },
  { head: 'SCHEDULED', cell: ({ at }) => (at === null ? null : whenAt(at)), plain: ({ at }) => at },
];

/** `goalkeeper due`: what is due today, a line for each owner; with `--owner`, all that is due of that one. */
export const dueCommand = (screen: Screen): Command =>
  listed(
    operatorCommand<Options>(screen, 'due', async (at, _, options) => {
      const { day, timezone, team, owner } = options;
      const given = Object.entries({ day, timezone, team, owner }).filter(([, value]) => value !== undefined);
      const lines = at.client.due.list(Object.fromEntries(given));
      if (owner === undefined) await printList(at, lines, LINE_COLUMNS, options, 'nothing is due');
      else {
        const { items } = await lines.page();
        await printList(at, items[0]?.items ?? [], ITEM_COLUMNS, options, 'nothing is due');
      }
      return 'done';
    }),
  )
    .summary('list what is due today and is not there: a line for each owner, or all of one')
    .option('--day <date>', 'of this day, such as 2026-11-28 (default: today)')
    .option('--timezone <zone>', 'IANA name of the time zone of the day (default: UTC)')
    .option('--team <name>', 'of goals of this team')
    .option('--owner <name>', 'all that is due of this owner');
