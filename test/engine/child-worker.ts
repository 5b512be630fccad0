import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundled } from '../bundled.ts';
import { temporalAddress } from '../temporal-address.ts';

const MAIN = fileURLToPath(new URL('../../activities/main.ts', import.meta.url));

/** A worker as a process of its own, which a test may kill. */
export class ChildWorker {
  readonly #child: ChildProcess;
  readonly #output: string[];
  /** Where it tells its metrics, if METRICS_PORT was set. */
  readonly metricsUrl: string | null;

  private constructor(child: ChildProcess, output: string[], metricsUrl: string | null) {
    this.#child = child;
    this.#output = output;
    this.metricsUrl = metricsUrl;
  }

  /** Starts `activities/main.ts` on a team's folder and waits until it takes work. */
  static async start(folder: string, environment: Record<string, string>): Promise<ChildWorker> {
    await bundled(join(folder, 'goals.ts'));
    const child = fork(MAIN, [folder], {
      execArgv: ['--import', 'tsx'],
      env: {
        ...process.env,
        TEMPORAL_ADDRESS: temporalAddress,
        LOG_LEVEL: 'error',
        GOALKEEPER_PREFLIGHT: 'off',
        GOALKEEPER_DRAIN: '0s',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        output.push(data.toString());
        if (environment.LOG_LEVEL === undefined) process.stderr.write(data);
      });
    const died = once(child, 'exit').then(([code]) => [
      { problem: { message: `the worker exited with ${code}` } },
    ]);
    const told = (await Promise.race([once(child, 'message'), died])) as [
      { problem?: { message: string }; metricsUrl?: string | null },
    ];
    const [message] = told;
    if (message.problem) throw new Error(message.problem.message);
    return new ChildWorker(child, output, message.metricsUrl ?? null);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** What it wrote so far. */
  output(): string {
    return this.#output.join('');
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    const [code] = (await exit) as [number | null];
    return code;
  }
}
