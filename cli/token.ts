import { Command } from 'commander';
import { AccessFileInvalid, parseAccessFile } from '../gateway/access/access-file.ts';
import { newToken } from '../gateway/access/api-token.ts';

interface Options {
  name: string;
  role: string[];
  team: string[];
  until?: string;
  person?: boolean;
}

const collected = (value: string, before: string[] = []): string[] => [...before, value];

/** `goalkeeper token new`. Exit code 0 with a token, 2 when its line would not fit an access file. */
export const tokenCommand = (): Command =>
  new Command('token').summary('make API tokens of the gateway').addCommand(
    new Command('new')
      .summary('make a token, and its line for the access file')
      .description(
        'Makes an API token of the gateway and prints it once, with the line for the access file (GOALKEEPER_ACCESS).\n' +
          'The line holds a hash of the token only. Nothing is stored or sent.',
      )
      .requiredOption('--name <name>', 'whose it is, as records show it, such as ci or ada')
      .requiredOption('--role <role>', 'viewer, operator, approver or admin; may be repeated', collected)
      .requiredOption('--team <team>', 'a team whose goals it is for, or *; may be repeated', collected)
      .option('--until <day>', 'last day on which it is good, such as 2027-02-01 (default: no end)')
      .option('--person', 'it is a person’s, who may be an approver')
      .action((options: Options, command: Command) => {
        const { token, id, sha256 } = newToken();
        const { name, role: roles, team: teams, until, person } = options;
        const line = {
          ...{ id, name, sha256, roles, teams },
          ...(until === undefined ? {} : { notAfter: until }),
          ...(person === true ? { person } : {}),
        };
        try {
          parseAccessFile(JSON.stringify({ tokens: [line] }));
        } catch (error) {
          if (!(error instanceof AccessFileInvalid)) throw error;
          return command.error(error.message.replaceAll('tokens.0.', ''), { exitCode: 2 });
        }
        process.stdout.write(
          `${token}\n\nKeep it: it is shown this once. Its line for "tokens" of the access file:\n\n${JSON.stringify(line)}\n`,
        );
      }),
  );
