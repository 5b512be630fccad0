import { Argument, Command } from 'commander';
import type { Client } from '../../client/index.ts';
import type { ShownApproval } from '../../goals/wire/answers.ts';
import { CommandProblem } from './command-problem.ts';
import { completedBy } from './completed-by.ts';
import {
  type ActOptions,
  acting,
  actOf,
  type ListOptions,
  listed,
  operatorCommand,
  printList,
} from './operator-command.ts';
import { type Line, painted } from './painted.ts';
import type { Screen } from './screen.ts';
import type { Column } from './table.ts';
import { whenAt } from './times.ts';
import { jsonInput } from './typed-input.ts';
import { visibleJson } from './visible-text.ts';

type ListedApproval = ShownApproval & { run: string };

const COLUMNS: readonly Column<ListedApproval>[] = [
  { head: 'RUN', cell: ({ run }) => run, cut: 'id' },
  { head: 'STEP', cell: ({ step }) => step, cut: 'id' },
  { head: 'KIND', cell: ({ kind }) => kind },
  { head: 'FOR', cell: ({ by }) => by.join(', ') },
  { head: 'SINCE', cell: ({ since }) => whenAt(since), plain: ({ since }) => since },
  {
    head: 'EXPIRES',
    cell: ({ expires }) => (expires === null ? null : `${expires.consequence} ${whenAt(expires.at)}`),
    plain: ({ expires }) => expires?.at ?? null,
  },
  { head: 'DECIDED', cell: (asked) => saidOf(asked) },
  {
    head: 'SHOWS',
    cell: ({ show }) => (show === undefined || show === null ? null : visibleJson(show)),
    cut: 'text',
  },
];

/** The decision, or who has approved so far. */
function saidOf({ decision, approvals = [], count }: ShownApproval): string | null {
  if (decision !== null) return `${decision.decision} by ${decision.by}`;
  if (approvals.length === 0) return null;
  return `${approvals.length} of ${count}: ${approvals.map(({ by }) => by).join(', ')}`;
}

/** What all runs wait for that wait for persons. */
async function* waitingApprovals(client: Client): AsyncGenerator<ListedApproval, void, undefined> {
  for await (const { id, execution } of client.runs.list({ state: 'asking' }))
    for (const asked of (await client.approvals.list(id, { execution })).items)
      if (asked.state === 'waiting') yield { run: id, ...asked };
}

async function approvalsOf(client: Client, run: string): Promise<ListedApproval[]> {
  return (await client.approvals.list(run)).items.map((asked) => ({ run, ...asked }));
}

const listApprovalsCommand = (screen: Screen): Command =>
  listed(
    operatorCommand<ListOptions>(screen, 'list', async (at, [run], options) => {
      const found = run === undefined ? waitingApprovals(at.client) : await approvalsOf(at.client, run);
      await printList(at, found, COLUMNS, options, 'nothing waits for a person');
      return 'done';
    }),
  )
    .summary('list what runs ask of people')
    .addArgument(completedBy('open runs', new Argument('[run]', 'ID of a run (default: all that wait)')));

interface DecideOptions extends ActOptions {
  data?: string;
}

const decideCommand = (screen: Screen, decision: 'approve' | 'reject'): Command =>
  acting(
    operatorCommand<DecideOptions>(screen, decision, async (at, [run = '', name], options) => {
      const { items, execution } = await at.client.approvals.list(run);
      const meant = name ?? onlyOne(run, items).step;
      const answer = await at.client.approvals.decide(run, meant, {
        ...{ decision, execution, ...actOf(at, options) },
        ...(options.data === undefined ? {} : { data: jsonInput(options.data, 'the answer') }),
        idempotencyKey: crypto.randomUUID(),
      });
      at.show(answer, decidedLines);
      return 'done';
    }),
    { needsReason: decision === 'reject' },
  )
    .addArgument(completedBy('open runs', new Argument('<run>', 'ID of the run')))
    .argument('[name]', 'name of the approval, or its step (default: the only one that is open)');

function onlyOne(run: string, items: readonly ShownApproval[]): ShownApproval {
  const open = items.filter(({ state }) => state === 'waiting');
  const [one] = open;
  if (one !== undefined && open.length === 1) return one;
  throw new CommandProblem(
    'approval_ambiguous',
    one === undefined
      ? `${run} asks nothing of people now.`
      : `${run} asks more than one thing; name one of: ${open.map(({ step }) => step).join(', ')}`,
    { exit: 'refused' },
  );
}

const decidedLines = (asked: ShownApproval): Line[] => [
  [painted('strong')(asked.step), `  ${saidOf(asked) ?? 'is not decided'}`],
];

/** `goalkeeper approvals …`. */
export const approvalsCommand = (screen: Screen): Command =>
  new Command('approvals')
    .summary('list what runs ask of people, and decide it')
    .addCommand(listApprovalsCommand(screen), { isDefault: true })
    .addCommand(
      decideCommand(screen, 'approve')
        .summary('approve what a run asks, or answer it')
        .option('--data <json>', 'the answer, where the run asks for one'),
    )
    .addCommand(decideCommand(screen, 'reject').summary('reject what a run asks'));
