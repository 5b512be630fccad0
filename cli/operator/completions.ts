// What can follow the words of a command line: commands, options, their choices, and the names that the gateway has.

import type { Argument, Command, Option } from 'commander';
import { type Client, createClient } from '../../client/index.ts';
import { type Names, namesOf } from './completed-by.ts';
import { type AddressOptions, gatewayOf } from './profiles.ts';
import { visibleText } from './visible-text.ts';

/** A word, and what it means. */
export interface Completion {
  value: string;
  means: string;
}

/** `files`: the shell completes it by itself. */
export type Completions = readonly Completion[] | 'files';

/** What a shell may take from a gateway as it is. */
const HARMLESS = /^[\w.~:@=/%+,#-]+$/;
const NAMES_MS = 1_500;
const PAGE = 100;

/** Completes the last of the words, which may be empty; the others stand before it, after the name of the program. */
export async function completionsOf(
  program: Command,
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Completions> {
  const before = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  const { command, args, options, open } = walked(program, before);
  const [, flag, begun] = /^(--[\w-]+)=(.*)$/.exec(word) ?? [];
  const valued = flag === undefined ? open : command.options.find(({ long }) => long === flag);
  const asked = { options, args, environment };
  if (valued) {
    const found = await valuesOf(valued, begun ?? word, asked);
    return found === 'files' || flag === undefined
      ? found
      : found.map(({ value, means }) => ({ value: `${flag}=${value}`, means }));
  }
  if (word.startsWith('-')) return fitting(word, command.options.map(flagOf));
  if (command.commands.length > 0) {
    const shown = command.createHelp().visibleCommands(command);
    return fitting(
      word,
      shown.map((one) => ({ value: one.name(), means: one.summary() })),
    );
  }
  const argument = argumentAt(command, args.length);
  return argument === undefined ? [] : valuesOf(argument, word, asked);
}

const flagOf = ({ long, short, description }: Option): Completion => ({
  value: long ?? short ?? '',
  means: description,
});

interface Walked {
  command: Command;
  /** Arguments given so far. */
  args: string[];
  /** What names the gateway, as far as it is given. */
  options: AddressOptions;
  /** The option whose value comes next. */
  open: Option | null;
}

function walked(program: Command, words: readonly string[]): Walked {
  const at: Walked = { command: program, args: [], options: {}, open: null };
  for (const word of words) {
    if (at.open) {
      Object.assign(at.options, { [at.open.attributeName()]: word });
      at.open = null;
      continue;
    }
    const [flag, value] = word.startsWith('--') && word.includes('=') ? splitAt(word, '=') : [word, null];
    const option = at.command.options.find(({ long, short }) => long === flag || short === flag);
    if (option) {
      if (value !== null) Object.assign(at.options, { [option.attributeName()]: value });
      else if (option.required) at.open = option;
      continue;
    }
    if (word.startsWith('-')) continue;
    const below = at.command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (below) at.command = below;
    else at.args.push(word);
  }
  return at;
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

function argumentAt({ registeredArguments: all }: Command, at: number): Argument | undefined {
  const last = all.at(-1);
  return all[at] ?? (last?.variadic ? last : undefined);
}

interface Asked {
  options: AddressOptions;
  args: readonly string[];
  environment: NodeJS.ProcessEnv;
}

async function valuesOf(one: Argument | Option, word: string, asked: Asked): Promise<Completions> {
  if (one.argChoices)
    return fitting(
      word,
      one.argChoices.map((value) => ({ value, means: '' })),
    );
  const names = namesOf(one);
  if (names === undefined) return isFile(one) ? 'files' : [];
  try {
    const address = gatewayOf(asked.options, asked.environment);
    const client = createClient({ ...address, retries: 0, timeout: NAMES_MS });
    const found = await namesAt[names](client, { word, goal: asked.args[0] ?? '' });
    return fitting(word, found).filter(({ value }) => HARMLESS.test(value));
  } catch {
    // Whoever presses Tab wants no report: a command that is run gives one.
    return [];
  }
}

const isFile = (one: Argument | Option): boolean =>
  /^(file|folder|command)$/.test('flags' in one ? (/<(\w+)/.exec(one.flags)?.[1] ?? '') : one.name());

const fitting = (word: string, all: readonly Completion[]): Completion[] =>
  all
    .filter(({ value }) => value.startsWith(word))
    .map(({ value, means }) => ({ value, means: visibleText(means) }));

interface Wanted {
  word: string;
  /** The first argument: of `runs start`, the goal. */
  goal: string;
}

async function runsAt(client: Client, word: string, filter: object): Promise<Completion[]> {
  const goal = word.includes(':') ? { goal: splitAt(word, ':')[0] } : {};
  const { items } = await client.runs.list({ ...filter, ...goal, limit: PAGE }).page();
  return items.map(({ id, outcome, state }) => ({ value: id, means: outcome ?? state }));
}

const namesAt: Record<Names, (client: Client, wanted: Wanted) => Promise<Completion[]>> = {
  async goals(client) {
    const { items } = await client.goals.list().page();
    return items
      .filter(({ retired }) => !retired)
      .map(({ goal, outcome }) => ({ value: goal, means: outcome }));
  },
  async 'fields of a goal'(client, { goal }) {
    const { input } = await client.goal(goal).show();
    const { properties } = input as { properties?: Record<string, { description?: string }> };
    return Object.entries(properties ?? {}).map(([name, { description = '' }]) => ({
      value: `${name}=`,
      means: description,
    }));
  },
  runs: (client, { word }) => runsAt(client, word, {}),
  'failed runs': (client, { word }) => runsAt(client, word, { outcome: 'failed' }),
  'open runs': async (client, { word }) =>
    (await runsAt(client, word, {})).filter(
      ({ means }) => !['achieved', 'failed', 'cancelled'].includes(means),
    ),
  async schedules(client) {
    const { items } = await client.schedules.list().page();
    return items.map(({ id, state }) => ({ value: id, means: state }));
  },
  async backfills(client) {
    const { items } = await client.backfills.list({ limit: PAGE }).page();
    return items.map(({ id, goal }) => ({ value: id, means: goal }));
  },
  async alerts(client) {
    const { items } = await client.alerts.list({ state: 'open' }).page();
    return items.map(({ id, trouble }) => ({ value: id, means: trouble.message }));
  },
  async leases(client) {
    const { items } = await client.leases.list({ limit: PAGE }).page();
    return items.map(({ id, state }) => ({ value: id, means: state }));
  },
};
