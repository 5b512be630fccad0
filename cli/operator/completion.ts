import { Argument, Command } from 'commander';
import { completionsOf } from './completions.ts';
import type { Screen } from './screen.ts';
import { type ShellName, shellScripts, shells } from './shell-scripts.ts';

/** `goalkeeper completion bash`: prints what the shell loads. */
export const completionCommand = (screen: Screen): Command =>
  new Command('completion')
    .summary('print the completion script of a shell')
    .description(
      'Prints the script by which a shell completes commands, options, goals, runs and other names:\n' +
        '  bash: eval "$(goalkeeper completion bash)"\n' +
        '  zsh:  source <(goalkeeper completion zsh)\n' +
        '  fish: goalkeeper completion fish | source',
    )
    .addArgument(new Argument('<shell>').choices(shells))
    .action((shell: ShellName) => {
      screen.begin();
      screen.write(shellScripts[shell]);
    });

/** `goalkeeper complete -- runs sh`: what the scripts ask. */
export const completeCommand = (screen: Screen): Command =>
  new Command('complete')
    .summary('list what can follow a command line')
    .argument('[words...]', 'the words after the name of the program; the last is completed')
    .action(async (words: string[], _: object, command: Command) => {
      screen.begin();
      const found = await completionsOf(command.parent ?? command, words, screen.environment);
      const lines = found === 'files' ? [':files'] : found.map(({ value, means }) => `${value}\t${means}`);
      screen.write(lines.map((line) => `${line}\n`).join(''));
    });
