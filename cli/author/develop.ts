// `goalkeeper dev`: everything on one machine, and the team's code anew with each save. What its children are is in
// deploy/local; here is the order: a save, a check in a process of its own, and only then a new worker.

import { dirname, resolve } from 'node:path';
import { configFile } from '../../activities/config-file.ts';
import { ReplacedWorkers } from '../../deploy/local/replaced-workers.ts';
import { Stack } from '../../deploy/local/stack.ts';
import { Terminal } from '../../deploy/local/terminal.ts';
import { watchFiles } from '../../deploy/local/watch-files.ts';
import { variables } from '../../process/variables.ts';
import { checkInChild } from './check-in-child.ts';
import { isError, issueLine } from './check-issue.ts';
import type { CheckReport } from './check-project.ts';
import { followStuck } from './follow-stuck.ts';

const DRAIN = '20s';
/** What its own drain takes, and a second on top. */
const DRAIN_MS = 21_000;
/** From this level on a line of a worker's log is for whoever develops. */
const WARN = 40;

/** Develops a project until Ctrl-C; the result is the exit code, and no process is left. */
export async function develop(folder: string, givenPort: string | undefined): Promise<number> {
  // What comes of it is its user's alone: databases, logs, what jobs write.
  process.umask(0o077);
  const terminal = new Terminal();
  const ending = new AbortController();
  const { signal } = ending;
  const interrupt = (): void => {
    if (signal.aborted) return;
    terminal.line('\nstopping');
    ending.abort(new Error('interrupted'));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  const root = resolve(folder);
  const config = configFile(root);
  const cwd = config === null ? process.cwd() : dirname(config);
  const changes = watchFiles([], [root]);
  signal.addEventListener('abort', () => changes.stop(), { once: true });
  const stack = new Stack({
    folder: null,
    mainJob: null,
    home: resolve('.goalkeeper'),
    port: portOf(givenPort),
    environment: withoutAlerts(process.env),
    onProgress: (line) => terminal.line(terminal.style('dim', `  ${line}`)),
    signal,
  });
  let teams: CheckReport['teams'] = [];
  const workers = new ReplacedWorkers({
    start: (name, generation) =>
      stack.startWorker(`worker-${name}-${generation % 2}`, folderOf(teams, name), {
        cwd,
        // Two workers of one team have no port of metrics between them.
        env: {
          GOALKEEPER_TASK_QUEUE: process.env.GOALKEEPER_TASK_QUEUE || name,
          GOALKEEPER_DRAIN: process.env.GOALKEEPER_DRAIN || DRAIN,
          METRICS_PORT: '',
          TEMPORAL_METRICS: '',
        },
        onLine: (line) => tellWarning(terminal, name, line),
      }),
    say: (line) => terminal.line(terminal.style('yellow', line)),
    drainMs: DRAIN_MS,
  });

  const serve = async (report: CheckReport, since: number): Promise<void> => {
    changes.watch(report.files);
    for (const issue of report.issues)
      terminal.line(terminal.style(isError(issue) ? 'red' : 'yellow', issueLine(issue)));
    const errors = report.issues.filter(isError).length;
    if (errors > 0) {
      const goesOn = teams.some(({ name }) => workers.isRunning(name));
      const rest = goesOn ? 'the code before goes on' : 'nothing serves until it is mended';
      terminal.line(`${errors} ${errors === 1 ? 'mistake' : 'mistakes'}: ${rest}`);
      return;
    }
    teams = report.teams;
    try {
      await workers.replace(teams.map(({ name }) => name));
      const goals = teams.flatMap((team) => team.goals);
      const took = ((Date.now() - since) / 1000).toFixed(1);
      terminal.line(terminal.style('green', `serving ${goals.join(', ')} (${took} s)`));
    } catch (error) {
      if (signal.aborted) return;
      terminal.line(terminal.style('red', (error as Error).message));
    }
  };

  try {
    terminal.line(terminal.style('bold', 'goalkeeper dev'));
    const began = Date.now();
    const first = checkInChild(folder, { isForWorker: true, signal });
    first.catch(() => undefined);
    await stack.start();
    const { gateway, temporal, ui, logs } = stack.addresses;
    terminal.line(`  gateway      ${gateway}`);
    terminal.line(`  Temporal     ${temporal}${ui === null ? '' : `, its own UI ${ui}`}`);
    terminal.line(`  logs         ${logs}`);
    await serve(await first, began);
    terminal.line(
      terminal.style(
        'dim',
        '  Save a file and its code serves. Ctrl-C stops everything; what was pursued is kept.',
      ),
    );
    followStuck(gateway, signal, (line) => terminal.line(terminal.style('yellow', line)));
    const broken = stack.broken.then((why): never => {
      throw new Error(why);
    });
    broken.catch(() => undefined);
    while (await Promise.race([changes.next(), broken])) {
      const saved = Date.now();
      await serve(await checkInChild(folder, { isForWorker: true, signal }), saved);
    }
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    terminal.line(`\n${terminal.style('red', 'goalkeeper cannot go on:')} ${(error as Error).message}`);
    return 1;
  } finally {
    ending.abort(new Error('over'));
    changes.stop();
    await workers.stop();
    await stack.stop();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, interrupt);
  }
}

const folderOf = (teams: CheckReport['teams'], name: string): string =>
  teams.find((team) => team.name === name)?.folder ?? '.';

const ALERTS = Object.keys(variables.Alerts).map((name) => name.replace('…', ''));

/** In development nobody else is told of anything. */
const withoutAlerts = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  GOALKEEPER_STUCK_AFTER: '5s',
  ...Object.fromEntries(
    Object.entries(environment).filter(([name]) => !ALERTS.some((known) => name.startsWith(known))),
  ),
});

/** Shows what a worker warns of: among it, which open runs cannot go on with the new code. */
function tellWarning(terminal: Terminal, team: string, line: string): void {
  let told: { level?: unknown; msg?: unknown };
  try {
    told = JSON.parse(line);
  } catch {
    terminal.line(`${team}: ${terminal.style('dim', line)}`);
    return;
  }
  if (typeof told.level === 'number' && told.level >= WARN)
    terminal.line(terminal.style('yellow', `${team}: ${String(told.msg)}`));
}

function portOf(given: string | undefined): number {
  const port = Number(given || 3000);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`'${given}' is not a port; give a number, such as --port 3001`);
}
