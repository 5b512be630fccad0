import { Command, InvalidArgumentError } from 'commander';
import type { ListedVersion } from '../activities/versioning/list-versions.ts';
import type { Move } from '../activities/versioning/move-run.ts';
import type * as Operate from '../activities/versioning/operate-versions.ts';
import { milliseconds } from '../goals/duration.ts';
import { visibleLines } from './operator/visible-text.ts';

interface Options {
  deployment?: string;
  json?: true;
  wait?: number;
  dryRun?: true;
  folder?: string;
  to?: string;
}

/** What pipelines decide by. */
const EXIT = { done: 0, wrong: 1, left: 2, unreachable: 4 } as const;

const JSON_OPTION = ['--json', 'print the answer as JSON'] as const;
const DEPLOYMENT_OPTION = [
  '--deployment <name>',
  'name of the deployment (default: TEMPORAL_DEPLOYMENT_NAME, or the only one)',
] as const;

/** What a command has to say, and whether something is left to do. */
interface Answer {
  data: unknown;
  text: string;
  isLeft: boolean;
}

/** `goalkeeper versions …`: it asks Temporal itself, so it works while every gateway is down. */
export const versionsCommand = (): Command =>
  new Command('versions')
    .summary("versions of the team's code, and the runs that are pinned to them")
    .description(
      'Versions of Temporal worker deployments. Takes the variables that say where Temporal is.\n' +
        'Exit code 0: done, nothing is left. 2: runs wait for a worker, are still pinned, or cannot be moved.\n' +
        '4: Temporal cannot be reached. 1: anything else.',
    )
    .addCommand(list())
    .addCommand(promote())
    .addCommand(drain())
    .addCommand(prune())
    .addCommand(move());

const list = (): Command =>
  new Command('list')
    .summary('show versions, and the runs that wait for a worker of one')
    .option(DEPLOYMENT_OPTION[0], 'name of the deployment (default: TEMPORAL_DEPLOYMENT_NAME, or all)')
    .option(...JSON_OPTION)
    .action((options: Options) =>
      answer(options, async ({ listedVersions }) => {
        const versions = await listedVersions(deploymentOf(options), process.env);
        const isLeft = versions.some(({ stranded }) => stranded.length > 0);
        return { data: { versions }, text: tableOf(versions), isLeft };
      }),
    );

const promote = (): Command =>
  new Command('promote')
    .summary('make a version current: new runs take it, and it publishes its goals')
    .argument('<build>', 'build ID of the version')
    .option(...DEPLOYMENT_OPTION)
    .option(...JSON_OPTION)
    .action((build: string, options: Options) =>
      answer(options, async ({ promotedVersion }) => {
        await promotedVersion(deploymentOf(options), build, process.env);
        return { data: { current: build }, text: `${build} is current`, isLeft: false };
      }),
    );

const drain = (): Command =>
  new Command('drain')
    .summary('say, or wait, until no open run is pinned to a version')
    .argument('<build>', 'build ID of the version')
    .option(...DEPLOYMENT_OPTION)
    .option('--wait <duration>', 'wait so long, such as 30m (default: not at all)', duration)
    .option(...JSON_OPTION)
    .action((build: string, options: Options) =>
      answer(options, async ({ drainedVersion }) => {
        const pinned = await drainedVersion(deploymentOf(options), build, options.wait ?? 0, process.env);
        const text =
          pinned === 0
            ? `nothing is pinned to ${build}: its workers can be stopped`
            : `${pinned} open workflows are pinned to ${build}: keep its workers`;
        return { data: { build, pinned }, text, isLeft: pinned > 0 };
      }),
    );

const prune = (): Command =>
  new Command('prune')
    .summary('remove versions that nothing needs')
    .option(...DEPLOYMENT_OPTION)
    .option('--dry-run', 'remove nothing, and say what would be')
    .option(...JSON_OPTION)
    .action((options: Options) =>
      answer(options, async ({ prunedVersions }) => {
        const pruned = await prunedVersions(deploymentOf(options), options.dryRun ?? false, process.env);
        const lines = [
          ...pruned.removed.map((build) => `${options.dryRun ? 'would remove' : 'removed'} ${build}`),
          ...pruned.kept.map(({ build, because }) => `kept ${build}: ${because}`),
        ];
        return { data: pruned, text: lines.join('\n') || 'there is nothing to remove', isLeft: false };
      }),
    );

const move = (): Command =>
  new Command('move')
    .summary('move an open run to another version, if the code there can go on with it')
    .argument('<run>', 'ID of the run')
    .option('--folder <folder>', "the team's folder with the code of that version", '.')
    .option('--to <build>', 'build ID of the version (default: the current one)')
    .option(...JSON_OPTION)
    .action((run: string, options: Options) =>
      answer(options, async ({ movedRun }) => {
        const moved = await movedRun(run, options.folder ?? '.', options.to ?? null, process.env);
        return { data: moved, text: moveInWords(run, moved), isLeft: moved.broken.length > 0 };
      }),
    );

const deploymentOf = ({ deployment }: Options): string | null =>
  deployment ?? (process.env.TEMPORAL_DEPLOYMENT_NAME || null);

async function answer({ json }: Options, ask: (operate: typeof Operate) => Promise<Answer>): Promise<void> {
  // They load Temporal's worker, which no other command should wait for.
  const [operate, { silentRuntime }] = await Promise.all([
    import('../activities/versioning/operate-versions.ts'),
    import('../activities/silent-runtime.ts'),
  ]);
  const end = silentRuntime();
  try {
    const { data, text, isLeft } = await ask(operate);
    process.stdout.write(`${json ? JSON.stringify(data, null, 2) : visibleLines(text).join('\n')}\n`);
    process.exitCode = isLeft ? EXIT.left : EXIT.done;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (json) process.stdout.write(`${JSON.stringify({ problem: { code, message } }, null, 2)}\n`);
    else process.stderr.write(`${message}\n`);
    process.exitCode = code === 'temporal_unreachable' ? EXIT.unreachable : EXIT.wrong;
  } finally {
    await end();
  }
}

function tableOf(versions: readonly ListedVersion[]): string {
  if (versions.length === 0) return 'there are no versions';
  const rows = [
    ['DEPLOYMENT', 'VERSION', 'STATUS', 'WORKERS', 'PINNED'],
    ...versions.map(({ deployment, build, status, served, pinned }) => [
      ...[deployment, build, status, served ? 'yes' : 'none'],
      String(pinned),
    ]),
  ];
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  for (const { build, stranded, pinned } of versions) {
    if (stranded.length === 0) continue;
    lines.push('', `These wait for a worker of ${build}; start one, or \`goalkeeper versions move\` each:`);
    lines.push(...stranded.map((run) => `  ${run}`));
    if (pinned > stranded.length) lines.push(`  of ${pinned} that are pinned to it`);
  }
  return lines.join('\n');
}

function moveInWords(run: string, { from, to, moved, broken }: Move): string {
  if (broken.length === 0)
    return [
      `moved from ${from.buildId} to ${to.buildId}:`,
      ...moved.map((id) => `  ${id}`),
      `${run} goes on there at its next task`,
    ].join('\n');
  return [
    `${run} stays on ${from.buildId}: the code of ${to.buildId} could not go on with it`,
    ...broken.map(({ run: id, difference }) => `  ${id}: ${difference}`),
    `Start workers of ${from.buildId} again, or resume or cancel the run.`,
  ].join('\n');
}

function duration(given: string): number {
  const ms = milliseconds(given);
  if (ms === null) throw new InvalidArgumentError("Give a duration such as '90s', '10m', '2h'.");
  return ms;
}
