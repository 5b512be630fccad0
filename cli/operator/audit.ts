import { Command } from 'commander';
import type { AuditFilter } from '../../client/index.ts';
import { type AuditEntry, type AuditItem, verifyAudit } from '../../goals/wire/audit.ts';
import { type ListOptions, listed, operatorCommand, printList } from './operator-command.ts';
import { type Part, painted } from './painted.ts';
import type { Screen } from './screen.ts';
import type { Column } from './table.ts';
import { whenAt } from './times.ts';

const COLUMNS: readonly Column<AuditItem>[] = [
  { head: 'AT', cell: ({ at }) => whenAt(at), plain: ({ at }) => at },
  { head: 'WHO', cell: ({ who }) => who?.name ?? null },
  { head: 'HOW', cell: ({ who }) => who?.how ?? null },
  { head: 'FROM', cell: ({ who }) => who?.from ?? null },
  { head: 'WHAT', cell: (item) => whatOf(item), cut: 'text' },
  {
    head: 'OF',
    cell: ({ params, result }) => result?.location ?? params.id ?? params.goal ?? null,
    cut: 'id',
  },
  { head: 'RESULT', cell: (item) => resultOf(item) },
  { head: 'REASON', cell: ({ result }) => result?.reason ?? null, cut: 'text' },
];

const whatOf = ({ kind, route, dryRun, count }: AuditItem): string => {
  if (kind === 'dropped') return `${count} denials that were not kept`;
  const what =
    kind === 'signed-in'
      ? 'signed in'
      : kind === 'signed-out'
        ? 'signed out'
        : kind === 'revealed'
          ? `saw values: ${route}`
          : (route ?? '');
  return dryRun ? `${what} (a plan only)` : what;
};

function resultOf({ kind, result }: AuditItem): Part | null {
  if (kind === 'act' && result === null) return painted('careful')('unknown');
  if (result === null) return null;
  const { status, code } = result;
  const text = code === null ? String(status) : `${status} ${code}`;
  return kind === 'denied' || status >= 400 ? painted('careful')(text) : text;
}

interface Options extends ListOptions {
  since?: string;
  until?: string;
  by?: string;
  goal?: string;
  run?: string;
  denied?: true;
}

/** Page after page, each going on before the last. */
async function* items(at: Parameters<Parameters<typeof operatorCommand>[2]>[0], asked: AuditFilter) {
  for (let until: string | null | undefined = asked.until; until !== null; ) {
    const page: { items: AuditItem[]; until: string | null } = await at.client.audit.list({
      ...asked,
      ...(until === undefined ? {} : { until }),
    });
    yield* page.items;
    until = page.until;
  }
}

const listAuditCommand = (screen: Screen): Command =>
  listed(
    operatorCommand<Options>(screen, 'list', async (at, _, options) => {
      const { since, until, by, goal, run, denied } = options;
      const given = { since, until, by, goal, run, denied };
      const asked = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      await printList(at, items(at, asked), COLUMNS, options, 'nothing is kept of that');
      return 'done';
    }),
  )
    .summary('list who asked to change something, and who was refused, the latest first')
    .option('--since <time>', 'at that time or later, such as 24h')
    .option('--until <time>', 'before that time, such as 2026-11-20T06:00:00Z')
    .option('--by <name>', 'by whom')
    .option('--goal <goal>', 'of this goal')
    .option('--run <run>', 'of this run')
    .option('--denied', 'only what was refused');

const verifyCommand = (screen: Screen): Command =>
  operatorCommand<{ since?: string }>(screen, 'verify', async (at, _, { since }) => {
    const entries: AuditEntry[] = [];
    for await (const entry of at.client.audit.entries(since === undefined ? {} : { since }))
      entries.push(entry);
    const verdict = verifyAudit(entries);
    const { faults } = verdict;
    at.show(verdict, () => [
      [
        painted(faults.length === 0 ? 'good' : 'bad')(faults.length === 0 ? 'whole' : 'not whole'),
        `  ${verdict.entries} entries in ${verdict.chains} chains`,
      ],
      ...faults.map(({ chain, seq, fault }): [string] => [`  ${chain} ${seq}: ${fault}`]),
    ]);
    return faults.length === 0 ? 'done' : 'wrong';
  })
    .summary('prove that no entry of the audit was changed or lost')
    .option(
      '--since <time>',
      'chains that went on at that time or later, such as 7d (default: all that are kept)',
    );

/** `goalkeeper audit …`. */
export const auditCommand = (screen: Screen): Command =>
  new Command('audit')
    .summary('list who did what, and prove that it is unchanged')
    .addCommand(listAuditCommand(screen), { isDefault: true })
    .addCommand(verifyCommand(screen));
