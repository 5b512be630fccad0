import { type Command, Option } from 'commander';
import type { RunsFilter } from '../../client/index.ts';
import { runMarks } from '../../goals/wire/retraction.ts';
import { outcomes, runSchema, whyKinds } from '../../goals/wire/run-view.ts';
import { completedBy } from './completed-by.ts';
import { type ListOptions, listed, operatorCommand, printList } from './operator-command.ts';
import { RUN_COLUMNS } from './run-lines.ts';
import type { Screen } from './screen.ts';

type Options = ListOptions & Omit<RunsFilter, 'limit' | 'cursor'>;

/** `goalkeeper runs list`: those under way first, then from the one that closed last. */
export const listRunsCommand = (screen: Screen): Command =>
  listed(
    operatorCommand<Options>(screen, 'list', async (at, _, options) => {
      const { goal, owner, team, key, outcome, state, fingerprint, why, tag, mark, since } = options;
      const filter = { goal, owner, team, key, outcome, state, fingerprint, why, tag, mark, since };
      await printList(at, at.client.runs.list(filter as RunsFilter), RUN_COLUMNS, options, 'no such run');
      return 'done';
    }),
  )
    .summary('list runs')
    .description('Lists runs: those under way first, then from the one that closed last.')
    .addOption(completedBy('goals', new Option('--goal <goal>', 'of this goal')))
    .addOption(new Option('--outcome <outcome>', 'that ended so').choices(outcomes))
    .addOption(new Option('--state <state>', 'that are in this state').choices(runSchema.shape.state.options))
    .option('--since <time>', 'started at that time or later, such as 24h or 2026-11-20T00:00:00Z')
    .option('--key <key>', 'for this key')
    .option('--owner <name>', 'of goals of this owner')
    .option('--team <name>', 'of goals of this team')
    .addOption(new Option('--why <kind>', 'that were triggered so').choices(whyKinds))
    .option('--tag <tag>', 'that have this tag, or all of several, with commas')
    .addOption(new Option('--mark <mark>', 'that were retracted, or used what was').choices(runMarks))
    .option('--fingerprint <fingerprint>', 'that an error of this fingerprint has hurt');
