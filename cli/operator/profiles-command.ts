import { Command } from 'commander';
import { CommandProblem } from './command-problem.ts';
import { carriedOut } from './operator-command.ts';
import { painted } from './painted.ts';
import { readProfiles, webAddress, writeProfiles } from './profiles.ts';
import type { Screen } from './screen.ts';

/** `goalkeeper profiles …`: gateways by name, with their tokens, in a file that only its owner reads. */
export function profilesCommand(screen: Screen): Command {
  const { environment } = screen;
  const known = (name: string) => {
    const file = readProfiles(environment);
    if (Object.hasOwn(file.profiles, name)) return file;
    throw new CommandProblem(
      'profile_unknown',
      `there is no profile ${JSON.stringify(name)}; there are: ${Object.keys(file.profiles).join(', ') || 'none'}`,
    );
  };
  const done = (does: () => Promise<void>): Promise<void> =>
    carriedOut(screen, false, async () => {
      await does();
      return 'done';
    });
  return new Command('profiles')
    .summary('name gateways, with their tokens')
    .addCommand(
      new Command('list').summary('list profiles; * is the one in use').action(() =>
        done(async () => {
          const { profile, profiles } = readProfiles(environment);
          for (const [name, { url, token }] of Object.entries(profiles))
            screen.print([
              name === profile ? '* ' : '  ',
              painted('strong')(name),
              `  ${url}`,
              painted('quiet')(token === undefined ? '' : '  with a token'),
            ]);
        }),
      ),
      { isDefault: true },
    )
    .addCommand(
      new Command('set')
        .summary('write a profile; the first one is in use')
        .description(
          'Writes a profile. The token is read from the standard input, so that no list of processes shows it.',
        )
        .argument('<name>', 'name of the profile')
        .requiredOption('--url <url>', 'of the gateway')
        .option('--token-stdin', 'read the token from the standard input')
        .action((name: string, { url, tokenStdin }: { url: string; tokenStdin?: true }) =>
          done(async () => {
            const file = readProfiles(environment);
            const token = tokenStdin ? (await screen.readInput()).trim() : undefined;
            if (token === '') throw new CommandProblem('token_missing', 'the standard input holds no token');
            // A map of its own: a name such as `__proto__` is a name like any other.
            const profiles = new Map(Object.entries(file.profiles));
            profiles.set(name, { url: webAddress(url), ...(token === undefined ? {} : { token }) });
            const path = writeProfiles(environment, {
              profile: file.profile ?? name,
              profiles: Object.fromEntries(profiles),
            });
            screen.note(painted('quiet')(`written to ${path}`));
          }),
        ),
    )
    .addCommand(
      new Command('use')
        .summary('choose the profile that counts where none is named')
        .argument('<name>', 'name of the profile')
        .action((name: string) =>
          done(async () => {
            writeProfiles(environment, { ...known(name), profile: name });
          }),
        ),
    )
    .addCommand(
      new Command('remove')
        .summary('forget a profile, and its token')
        .argument('<name>', 'name of the profile')
        .action((name: string) =>
          done(async () => {
            const { profile, profiles } = known(name);
            const left = Object.fromEntries(Object.entries(profiles).filter(([one]) => one !== name));
            writeProfiles(environment, {
              ...(profile === undefined || profile === name ? {} : { profile }),
              profiles: left,
            });
          }),
        ),
    );
}
