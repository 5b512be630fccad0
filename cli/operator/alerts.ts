import { Argument, Command, Option } from 'commander';
import type { Alert } from '../../goals/wire/alerts.ts';
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
import { momentOf, whenAt } from './times.ts';
import { visibleLines } from './visible-text.ts';

const quiet = painted('quiet');

const COLUMNS: readonly Column<Alert>[] = [
  { head: 'ALERT', cell: ({ id }) => id, cut: 'id' },
  {
    head: 'STATE',
    cell: ({ state }) => (state === 'open' ? painted('bad')(state) : quiet(state)),
    plain: ({ state }) => state,
  },
  { head: 'KIND', cell: ({ kind }) => kind },
  { head: 'SINCE', cell: ({ at }) => whenAt(at), plain: ({ at }) => at },
  { head: 'TAKEN BY', cell: ({ acknowledged }) => acknowledged?.by ?? null },
  { head: 'GOALS', cell: ({ goals }) => goals.map(({ goal }) => goal).join(', '), cut: 'text' },
  { head: 'WHY', cell: ({ trouble }) => trouble.cause?.message ?? trouble.message, cut: 'text' },
];

const alertLines = ({ id, state, kind, at, trouble, goals, acknowledged, more, messages }: Alert): Line[] => [
  [state === 'open' ? painted('bad')(state) : state, '  ', painted('strong')(id), `  ${kind} ${whenAt(at)}`],
  ...visibleLines(trouble.cause?.message ?? trouble.message).map((line) => `  ${line}`),
  quiet(
    `  ${trouble.kind}: ${trouble.cause?.code ?? trouble.code}${trouble.cause ? `, in ${trouble.cause.run}` : ''}`,
  ),
  ...goals.map(
    ({ goal, owner, count, runs, settled }): Line => [
      `  ${goal} (${owner})  ${count} ${count === 1 ? 'run' : 'runs'}, first ${runs[0]?.run ?? 'unknown'}  `,
      settled === null ? painted('careful')('not settled') : quiet(`${settled.how} ${momentOf(settled.at)}`),
    ],
  ),
  ...(more === 0 ? [] : [quiet(`  … and ${more} more goals`)]),
  ...(acknowledged === null
    ? []
    : [
        `taken by ${acknowledged.by} ${whenAt(acknowledged.at)}${acknowledged.reason === null ? '' : `: ${acknowledged.reason}`}`,
      ]),
  ...messages.map(({ what, at: sent, deliveries }) =>
    quiet(
      `${what} ${momentOf(sent)}: ${
        Object.entries(deliveries)
          .map(([sink, one]) => `${sink} ${one.state}`)
          .join(', ') || 'no sink'
      }`,
    ),
  ),
];

const alertArgument = (): Argument => completedBy('alerts', new Argument('<alert>', 'ID of the alert'));

/** `goalkeeper alerts …`. */
export const alertsCommand = (screen: Screen): Command =>
  new Command('alerts')
    .summary('list, show and take up alerts')
    .addCommand(
      listed(
        operatorCommand<ListOptions & { goal?: string; state?: 'open' | 'closed' }>(
          screen,
          'list',
          async (at, _, options) => {
            const { goal, state } = options;
            const filter = {
              ...(goal === undefined ? {} : { goal }),
              ...(state === undefined ? {} : { state }),
            };
            await printList(at, at.client.alerts.list(filter), COLUMNS, options, 'no alerts');
            return 'done';
          },
        ),
      )
        .summary('list alerts, newest first')
        .addOption(completedBy('goals', new Option('--goal <goal>', 'about this goal')))
        .addOption(new Option('--state <state>', 'that are in this state').choices(['open', 'closed'])),
      { isDefault: true },
    )
    .addCommand(
      operatorCommand(screen, 'show', async (at, [id = '']) => {
        at.show(await at.client.alerts.get(id), alertLines);
        return 'done';
      })
        .summary('show an alert: what it is about, and whom it reached')
        .addArgument(alertArgument()),
    )
    .addCommand(
      acting(
        operatorCommand<ActOptions>(screen, 'ack', async (at, [id = ''], options) => {
          const answer = await at.client.alerts.acknowledge(id, actOf(at, options));
          at.show(answer, (shown) => [
            ...alertLines(shown),
            ...(shown.pending === undefined ? [] : [quiet(shown.pending)]),
          ]);
          return 'done';
        }),
      )
        .summary('record that you are on it')
        .addArgument(alertArgument()),
    );
