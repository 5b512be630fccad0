// The command-line program: `npx goalkeeper <command>`. Each command is a file of its own.

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { conformCommand } from './conform.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

await new Command('goalkeeper')
  .description('A goal layer on Temporal: was the outcome reached, and if not, what truly stopped it?')
  .version(version)
  .showHelpAfterError('(goalkeeper --help tells what there is)')
  .addCommand(conformCommand())
  .parseAsync();
