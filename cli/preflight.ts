import { Command, InvalidArgumentError } from 'commander';
import { describePreflight, MENDS, UNSEEN } from '../activities/preflight/describe-preflight.ts';
import type { Preflight } from '../activities/preflight/preflight.ts';
import { exitCodes } from './operator/exit-codes.ts';

interface Options {
  json?: true;
  sample?: number;
  histories?: string;
}

/** `goalkeeper preflight my-goals`. Exit code 0: all go on; 2: open runs would break; 4: no Temporal; 1: anything else. */
export const preflightCommand = (): Command =>
  new Command('preflight')
    .summary('replay open runs by new code before it is deployed')
    .description(
      "Replays the histories of open runs by the code in a team's folder, and names those that it would break. Takes the\n" +
        "variables of the team's worker: TEMPORAL_…, GOALKEEPER_TASK_QUEUE, GOALKEEPER_STORAGE.\n" +
        'Exit code 0: all go on. 2: open runs would break. 4: Temporal cannot be reached. 1: anything else.',
    )
    .argument('[folder]', "the team's folder", '.')
    .option('--json', 'print the report as JSON')
    .option('--sample <n>', 'most runs of a goal, the newest and the oldest (default: 200)', positive)
    .option('--histories <folder>', 'replay the histories in this folder, without a server')
    .action(async (folder: string, { json, sample, histories }: Options) => {
      // They load Temporal's worker, which no other command should wait for.
      const [{ preflightTeam }, { silentRuntime }] = await Promise.all([
        import('../activities/preflight/preflight-team.ts'),
        import('../activities/silent-runtime.ts'),
      ]);
      const end = silentRuntime();
      try {
        const found = await preflightTeam(folder, {
          ...(sample === undefined ? {} : { sample }),
          ...(histories === undefined ? {} : { histories }),
        });
        process.stdout.write(`${json ? asJson(found) : describePreflight(found)}\n`);
        process.exitCode = exitCodes[found.broken > 0 ? 'failed' : 'done'].code;
      } catch (error) {
        const { code, message } = error as { code?: unknown; message: string };
        if (json) process.stdout.write(`${JSON.stringify({ problem: { code, message } }, null, 2)}\n`);
        else process.stderr.write(`${message}\n`);
        process.exitCode = exitCodes[code === 'temporal_unreachable' ? 'unreachable' : 'wrong'].code;
      } finally {
        await end();
      }
    });

const asJson = (found: Preflight): string =>
  JSON.stringify({ ...found, mends: found.broken > 0 ? MENDS : [], unseen: UNSEEN }, null, 2);

function positive(given: string): number {
  if (!/^[1-9]\d{0,5}$/.test(given)) throw new InvalidArgumentError('Give a whole number from 1 to 999999.');
  return Number(given);
}
