import { Argument, type Command, Option } from 'commander';
import type { Incident } from '../../goals/wire/answers.ts';
import type { RunError } from '../../goals/wire/run-view.ts';
import { CommandProblem } from './command-problem.ts';
import { completedBy } from './completed-by.ts';
import { type ListOptions, listed, operatorCommand, printList } from './operator-command.ts';
import { type Part, painted } from './painted.ts';
import type { Screen } from './screen.ts';
import type { Column } from './table.ts';
import { whenAt } from './times.ts';

interface Options extends ListOptions {
  window?: string;
  goal?: string;
  team?: string;
  execution?: string;
}

const INCIDENT_COLUMNS: readonly Column<Incident>[] = [
  { head: 'FINGERPRINT', cell: ({ fingerprint }) => fingerprint },
  {
    head: 'FAILED',
    cell: ({ failedRuns }) => runsPart(failedRuns, 'bad'),
    plain: ({ failedRuns }) => String(failedRuns),
  },
  {
    head: 'RETRYING',
    cell: ({ openRuns }) => runsPart(openRuns, 'careful'),
    plain: ({ openRuns }) => String(openRuns),
  },
  {
    head: 'HEALED',
    cell: ({ healedRuns }) => runsPart(healedRuns, 'quiet'),
    plain: ({ healedRuns }) => String(healedRuns),
  },
  { head: 'TIMES', cell: ({ occurrences }) => String(occurrences) },
  { head: 'LAST', cell: ({ lastSeen }) => whenAt(lastSeen), plain: ({ lastSeen }) => lastSeen },
  { head: 'GOALS', cell: ({ goals }) => goals.join(', '), cut: 'text' },
  { head: 'BY', cell: ({ kind }) => kind ?? 'error' },
  { head: 'CODE', cell: ({ code }) => code },
  { head: 'MESSAGE', cell: ({ message }) => message, cut: 'text' },
];

const runsPart = (count: number, tone: 'bad' | 'careful' | 'quiet'): Part =>
  count === 0 ? '' : painted(tone)(String(count));

/** `fatal` decided the outcome; what healed is quiet. */
const DISPOSITION_TONES = { fatal: 'bad', pending: 'careful', recovered: 'quiet', handled: 'quiet' } as const;

const ERROR_COLUMNS: readonly Column<RunError>[] = [
  { head: 'STEP', cell: ({ step }) => step, cut: 'id' },
  { head: 'ATTEMPT', cell: ({ attempt }) => String(attempt) },
  { head: 'BECAME', cell: ({ disposition }) => painted(DISPOSITION_TONES[disposition])(disposition) },
  { head: 'AT', cell: ({ at }) => whenAt(at), plain: ({ at }) => at },
  { head: 'CLASS', cell: (error) => error.class },
  { head: 'CODE', cell: ({ code }) => code },
  { head: 'MESSAGE', cell: ({ message }) => message, cut: 'text' },
];

/** `goalkeeper errors`: the troubles of all runs; `goalkeeper errors RUN`: the errors of one, healed ones included. */
export const errorsCommand = (screen: Screen): Command =>
  listed(
    operatorCommand<Options>(screen, 'errors', async (at, [run], options) => {
      const { window, goal, team, execution } = options;
      const needsRun = run === undefined && execution !== undefined;
      if (needsRun || (run !== undefined && (window ?? goal ?? team) !== undefined))
        throw new CommandProblem(
          'option_misplaced',
          'Give --window, --goal and --team without a run, and --execution with one.',
        );
      if (run === undefined) {
        const given = { window, goal, team };
        const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        await printList(at, at.client.errors.list(filter), INCIDENT_COLUMNS, options, 'no errors');
        return 'done';
      }
      const { items, omitted } = await at.client.runs.errors(run, { execution });
      await printList(at, items, ERROR_COLUMNS, options, 'no errors');
      const more = omitted.reduce((sum, { count }) => sum + count, 0);
      if (more > 0) screen.note(painted('quiet')(`… and ${more} errors that the bounded ledger only counts`));
      return 'done';
    }),
  )
    .summary('list errors: of all runs, a row for each trouble; or of one run')
    .addArgument(completedBy('runs', new Argument('[run]', 'ID of a run (default: the errors of all)')))
    .option('--window <span>', 'how far back to look, such as 36h (default: 24h)')
    .addOption(completedBy('goals', new Option('--goal <goal>', 'of this goal')))
    .option('--team <name>', 'of goals of this team')
    .option('--execution <id>', 'of an earlier execution of the run');
