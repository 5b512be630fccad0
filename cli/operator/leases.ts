import { Argument, Command, Option } from 'commander';
import type { LeaseView } from '../../goals/wire/answers.ts';
import { type LeaseState, leaseStates } from '../../goals/wire/lease.ts';
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
import { type Line, type Part, painted } from './painted.ts';
import type { Screen } from './screen.ts';
import type { Column } from './table.ts';
import { momentOf, whenAt } from './times.ts';

const quiet = painted('quiet');

const statePartOf = ({ state }: LeaseView): Part => (state === 'stuck' ? painted('bad')(state) : state);

const COLUMNS: readonly Column<LeaseView>[] = [
  { head: 'LEASE', cell: ({ id }) => id, cut: 'id' },
  { head: 'STATE', cell: statePartOf },
  { head: 'RUN', cell: ({ run }) => run, cut: 'id' },
  { head: 'EXPIRES', cell: ({ expiresAt }) => whenAt(expiresAt), plain: ({ expiresAt }) => expiresAt },
  {
    head: 'FAILED',
    cell: ({ failed }) => (failed === 0 ? null : String(failed)),
    plain: ({ failed }) => String(failed),
  },
  { head: 'WHY', cell: ({ errors }) => errors.at(-1)?.message ?? null, cut: 'text' },
];

const leaseLines = (lease: LeaseView): Line[] => [
  [statePartOf(lease), '  ', painted('strong')(lease.id)],
  [quiet('run  '), `${lease.run}, step ${lease.step}`],
  [quiet('teardown  '), `${lease.job}, ${lease.failed} attempts failed`],
  ...(lease.nextAttemptAt === null ? [] : [quiet(`next attempt ${whenAt(lease.nextAttemptAt)}`)]),
  ...lease.errors.map(({ at, code, message }): Line => [quiet(`  ${momentOf(at)}  `), `${code}: ${message}`]),
  ...lease.retries.map(({ at, by, reason }) =>
    quiet(`  retried by ${by} ${momentOf(at)}${reason === null ? '' : `: ${reason}`}`),
  ),
];

const leaseArgument = (): Argument => completedBy('leases', new Argument('<lease>', 'ID of the lease'));

/** `goalkeeper leases …`. */
export const leasesCommand = (screen: Screen): Command =>
  new Command('leases')
    .summary('list what runs created and have not torn down, and retry a teardown')
    .addCommand(
      listed(
        operatorCommand<ListOptions & { goal?: string; state?: LeaseState }>(
          screen,
          'list',
          async (at, _, options) => {
            const { goal, state } = options;
            const filter = {
              ...(goal === undefined ? {} : { goal }),
              ...(state === undefined ? {} : { state }),
            };
            await printList(at, at.client.leases.list(filter), COLUMNS, options, 'no leases');
            return 'done';
          },
        ),
      )
        .summary('list leases')
        .addOption(completedBy('goals', new Option('--goal <goal>', 'of runs of this goal')))
        .addOption(new Option('--state <state>', 'that are in this state').choices(leaseStates)),
      { isDefault: true },
    )
    .addCommand(
      operatorCommand(screen, 'show', async (at, [id = '']) => {
        at.show(await at.client.leases.get(id), leaseLines);
        return 'done';
      })
        .summary('show a lease: its state, and the errors of its teardown')
        .addArgument(leaseArgument()),
    )
    .addCommand(
      acting(
        operatorCommand<ActOptions & { reason: string }>(screen, 'retry', async (at, [id = ''], options) => {
          const act = { ...actOf(at, options), reason: options.reason };
          at.show(await at.client.leases.retry(id, act), leaseLines);
          return 'done';
        }),
        { needsReason: true },
      )
        .summary('retry the teardown of a stuck lease now')
        .addArgument(leaseArgument()),
    );
