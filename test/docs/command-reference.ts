// The reference of the commands, as the program itself declares them.

import type { Command, Option } from 'commander';
import { commandLine } from '../../cli/command-line.ts';
import { processScreen } from '../../cli/operator/screen.ts';

/** The headings of options that all commands share which ask a gateway: the page says them once. */
const SHARED = ['Gateway:', 'Output:'];

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** A section for each command. */
export const commandSections = (): string =>
  `${leavesOf(commandLine(processScreen()), []).map(sectionOf).join('\n\n')}\n`;

interface Leaf {
  path: string;
  command: Command;
}

function leavesOf(command: Command, path: readonly string[]): Leaf[] {
  const below = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
  const own = [...path, command.name()];
  if (below.length === 0) return [{ path: own.join(' '), command }];
  return below.flatMap((one) => leavesOf(one, own));
}

function sectionOf({ path, command }: Leaf): string {
  const rows = [
    ...command.registeredArguments.map((one) => [
      `\`${one.required ? `<${nameOf(one)}>` : `[${nameOf(one)}]`}\``,
      one.description,
      one.argChoices,
    ]),
    ...command.options
      .filter(isOwn)
      .map((one) => [`\`${one.flags}\`${one.mandatory ? ', needed' : ''}`, one.description, one.argChoices]),
  ] as [string, string, readonly string[] | undefined][];
  const table = rows.map(
    ([name, description, choices]) =>
      `| ${name} | ${escaped(description)}${choices === undefined ? '' : `: ${choices.map((one) => `\`${one}\``).join(', ')}`} |`,
  );
  const summary = command.summary() || command.description();
  return [
    `### ${path}`,
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...(table.length === 0 ? [] : [['| takes |  |', '| --- | --- |', ...table].join('\n')]),
  ].join('\n\n');
}

const nameOf = (one: { name(): string; variadic: boolean }): string =>
  `${one.name()}${one.variadic ? '...' : ''}`;

const isOwn = ({ helpGroupHeading, hidden }: Option): boolean =>
  !hidden && !SHARED.includes(helpGroupHeading ?? '');
