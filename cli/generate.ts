// The command that writes types of a gateway's goals, for teams that have not their code.

import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { createClient } from '../client/index.ts';
import { type PublishedTypes, typesOfGoals } from './generate-types.ts';

interface Options {
  url: string;
  token?: string;
  out: string;
}

/** `goalkeeper generate --url http://gateway:8080`. Exit code 1 where the gateway refuses or is not there. */
export const generateCommand = (): Command =>
  new Command('generate')
    .summary('write TypeScript types of the goals of a gateway')
    .description(
      'Writes what each published goal takes and gives, from its JSON Schemas, for callers without its code:\n' +
        'Give the type `Goals` of that file to createClient. What a type cannot say is `unknown`.',
    )
    .requiredOption('--url <url>', 'of the gateway')
    .option('--token <token>', 'to ask it with')
    .option('--out <file>', 'file to write', 'goals.gen.d.ts')
    .action(async ({ url, token, out }: Options) => {
      try {
        const goals = await publishedTypes(url, token);
        await writeFile(out, typesOfGoals(goals));
        process.stdout.write(`${out}: ${goals.length} goals\n`);
      } catch (error) {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
      }
    });

/** Of all goals that are declared still. */
async function publishedTypes(url: string, token: string | undefined): Promise<PublishedTypes[]> {
  const client = createClient({ url, token });
  const found: PublishedTypes[] = [];
  for await (const { goal, retired } of client.goals.list())
    if (!retired) found.push(await client.goal(goal).show());
  return found;
}
