// The commands that say something of a run, open or closed: tags and notes.

import { Argument, type Command } from 'commander';
import { CommandProblem } from './command-problem.ts';
import { completedBy } from './completed-by.ts';
import { type Operator, operatorCommand } from './operator-command.ts';
import { runLines } from './run-lines.ts';
import type { Screen } from './screen.ts';

interface WhoOptions {
  by?: string;
  execution?: string;
}

const annotating = (command: Command): Command =>
  command
    .addArgument(completedBy('runs', new Argument('<run>', 'ID of the run')))
    .option('--by <name>', 'who says so, where no token does (default: the user)')
    .option('--execution <id>', 'an earlier execution of it (default: the latest)');

const whoOf = (at: Operator, { by = at.by, execution }: WhoOptions) => ({
  ...(by === undefined ? {} : { by }),
  ...(execution === undefined ? {} : { execution }),
});

/** `goalkeeper runs tag RUN TAG… --remove TAG…`. */
export const tagRunCommand = (screen: Screen): Command =>
  annotating(
    operatorCommand<WhoOptions & { remove?: string[] }>(
      screen,
      'tag',
      async (at, [id = '', ...add], options) => {
        const remove = options.remove ?? [];
        if (add.length + remove.length === 0)
          throw new CommandProblem('usage', 'Name a tag, such as incident-42, or one to --remove.');
        const run = await at.client.runs.tag(id, { add, remove, ...whoOf(at, options) });
        at.show(run, ({ tags = [] }) => [tags.length === 0 ? 'no tags' : tags.join(', ')]);
        return 'done';
      },
    ),
  )
    .summary('give a run tags, or take them away')
    .addArgument(new Argument('[tags...]', 'tags that it gets'))
    .option('--remove <tags...>', 'tags that it loses');

/** `goalkeeper runs note RUN TEXT`. */
export const noteRunCommand = (screen: Screen): Command =>
  annotating(
    operatorCommand<WhoOptions>(screen, 'note', async (at, [id = '', text = ''], options) => {
      const run = await at.client.runs.note(id, { text, ...whoOf(at, options) });
      at.show(run, (shown) => runLines(shown, screen.size?.columns ?? null));
      return 'done';
    }),
  )
    .summary('write a note on a run')
    .addArgument(new Argument('<text>', 'of the note'));
