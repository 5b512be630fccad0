// What all commands of operators share: the options that name a gateway, and how an answer, a problem and an exit code come out.

import { userInfo } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Client, createClient, GoalkeeperProblem, type Listing } from '../../client/index.ts';
import { CommandProblem } from './command-problem.ts';
import { type ExitName, exitCodes, exitOfError } from './exit-codes.ts';
import { type Line, painted } from './painted.ts';
import { problemLines } from './problem-lines.ts';
import { type AddressOptions, gatewayOf } from './profiles.ts';
import type { Screen } from './screen.ts';
import { type Column, plainLine, tableLines } from './table.ts';
import { visibleJson } from './visible-text.ts';

interface SharedOptions extends AddressOptions {
  json?: true;
}

/** What a command has at hand. */
export interface Operator {
  client: Client;
  screen: Screen;
  json: boolean;
  /** Who acts, where no token says so. */
  by: string | undefined;
  /** Writes an object of the API: as JSON where that is wanted, else as lines. */
  show<Answer>(answer: Answer, lines: (answer: Answer) => readonly Line[]): void;
}

type Does<Options> = (
  at: Operator,
  args: readonly string[],
  options: Options,
) => Promise<ExitName | undefined>;

/** A command that talks to a gateway. It ends with the exit code of the name that `does` resolves with, by default `done`. */
export function operatorCommand<Options = object>(
  screen: Screen,
  name: string,
  does: Does<Options>,
): Command {
  return new Command(name)
    .configureHelp({ groupItems: ownFirst })
    .optionsGroup('Gateway:')
    .option('--url <url>', 'of the gateway (default: GOALKEEPER_URL, the profile, http://127.0.0.1:3000)')
    .addOption(new Option('--token <token>', 'to ask it with (default: GOALKEEPER_TOKEN, or the profile)'))
    .option('--token-file <file>', 'file that holds the token (default: GOALKEEPER_TOKEN_FILE)')
    .option('--profile <name>', 'of `goalkeeper profiles` (default: GOALKEEPER_PROFILE, or the one in use)')
    .optionsGroup('Output:')
    .option('--json', "print the API's own objects, one a line")
    .optionsGroup('Options:')
    .action(async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      const options = command.opts<Options & SharedOptions>();
      const args = command.processedArgs.flat().filter((one): one is string => typeof one === 'string');
      await carriedOut(screen, options.json === true, async () => {
        const { url, token } = gatewayOf(options, screen.environment);
        const client = createClient({ url, token, retries: 2 });
        return does(operatorAt(screen, client, options.json === true, token), args, options);
      });
    });
}

/** Help begins with what only this command has. */
const ownFirst = <Item extends Command | Option>(
  _: Item[],
  visible: Item[],
  groupOf: (item: Item) => string,
): Map<string, Item[]> =>
  new Map(
    ['Options:', 'Output:', 'Gateway:']
      .map((group): [string, Item[]] => [group, visible.filter((one) => groupOf(one) === group)])
      .filter(([, items]) => items.length > 0),
  );

function operatorAt(screen: Screen, client: Client, json: boolean, token: string | undefined): Operator {
  return {
    ...{ client, screen, json },
    by: token === undefined ? nameOfUser() : undefined,
    show(answer, lines) {
      if (json) screen.write(`${visibleJson(answer)}\n`);
      else screen.print(...lines(answer));
    },
  };
}

/** Does it, and says what went wrong beside the answer. */
export async function carriedOut(
  screen: Screen,
  json: boolean,
  does: () => Promise<ExitName | undefined>,
): Promise<void> {
  screen.begin();
  try {
    screen.exit(exitCodes[(await does()) ?? 'done'].code);
  } catch (error) {
    if (json) screen.note(visibleJson({ problem: problemOf(error) }));
    else screen.note(...problemLines(error));
    screen.exit(exitCodes[exitOfError(error)].code);
  }
}

function problemOf(error: unknown): unknown {
  if (error instanceof GoalkeeperProblem) return error.fields;
  const { code = 'internal', message } = error as Error & { code?: string };
  return { code, message, ...(error instanceof CommandProblem && { errors: error.errors }) };
}

function nameOfUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // A container may have a user without a name.
    return undefined;
  }
}

export interface ListOptions {
  limit?: number;
  all?: true;
  wide?: true;
}

/** Adds the options of a list. */
export const listed = (command: Command): Command =>
  command
    .option('--limit <n>', 'most rows (default: 50)', wholeNumber)
    .option('--all', 'all rows, however many')
    .optionsGroup('Output:')
    .option('--wide', 'cut nothing, however narrow the terminal is')
    .optionsGroup('Options:');

const ROWS = 50;
/** A longer list is a table after the other. */
const TABLE_ROWS = 1_000;

/** Prints a list: as JSON or plain lines as the items come, or as a table that fits the terminal. */
export async function printList<Item>(
  { screen, json }: Operator,
  items: Listing<Item> | AsyncIterable<Item> | Iterable<Item>,
  columns: readonly Column<Item>[],
  { limit = ROWS, all, wide }: ListOptions,
  none: string,
): Promise<void> {
  const rows: Item[] = [];
  const drawn = (some: readonly Item[]): void =>
    screen.print(...tableLines(columns, some, wide ? null : (screen.size?.columns ?? null)));
  let count = 0;
  let isMore = false;
  for await (const item of items) {
    if (!all && count >= limit) {
      isMore = true;
      break;
    }
    count++;
    if (json) screen.write(`${visibleJson(item)}\n`);
    else if (screen.size === null) screen.write(`${plainLine(columns, item)}\n`);
    else if (rows.push(item) === TABLE_ROWS) drawn(rows.splice(0));
  }
  if (rows.length > 0) drawn(rows);
  if (count === 0 && !json) screen.note(painted('quiet')(none));
  if (isMore) screen.note(painted('quiet')(`… and more than these ${limit}: --limit or --all`));
}

/** Parses a count. */
export function wholeNumber(given: string): number {
  if (!/^[1-9]\d{0,5}$/.test(given)) throw new InvalidArgumentError('Give a whole number from 1 to 999999.');
  return Number(given);
}

export interface ActOptions {
  by?: string;
  reason?: string;
}

/** Adds who acts and why; where `needsReason`, nothing is done without one. */
export function acting(command: Command, { needsReason = false } = {}): Command {
  const reason = new Option('--reason <text>', 'why, which is recorded').makeOptionMandatory(needsReason);
  return command
    .addOption(reason)
    .option('--by <name>', 'who acts (default: your user name here, or whom the token names)');
}

/** The same as the client takes it. */
export const actOf = ({ by: known }: Operator, { by = known, reason }: ActOptions): ActOptions => ({
  ...(by === undefined ? {} : { by }),
  ...(reason === undefined ? {} : { reason }),
});

/** Asks, where something would be done again or undone. Without a terminal only `--yes` confirms. */
export async function confirmed(
  { screen }: Operator,
  question: string,
  { yes = false }: { yes?: boolean | undefined },
): Promise<void> {
  if (yes) return;
  if (!screen.isInteractive)
    throw new CommandProblem(
      'not_confirmed',
      'Nothing was done: nobody can be asked here. Give --yes if it is meant.',
      {
        exit: 'refused',
      },
    );
  if (!(await screen.confirm(question)))
    throw new CommandProblem('not_confirmed', 'Nothing was done.', { exit: 'refused' });
}
