import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../deploy/local/free-port.ts';
import { bundled } from '../../bundled.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A team of the repository's, which many tests launch, is bundled once. */
async function bundledAhead(args: readonly string[]): Promise<void> {
  const name = args.find((arg) => !arg.startsWith('--')) ?? 'examples/warehouse';
  for (const folder of [join(root, name), join(root, 'examples', name)])
    if (existsSync(join(folder, 'goals.ts'))) return bundled(join(folder, 'goals.ts'));
}

/** `npm start` or `npm run demo` as a user runs it, but with its data in a folder of its own. */
export class Launch {
  readonly port: number;
  output = '';
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    this.#exit = once(child, 'exit').then(([code]) => code as number | null);
  }

  static async run(
    args: readonly string[],
    { home, env = {}, port }: { home?: string; env?: Record<string, string>; port?: number } = {},
  ): Promise<Launch> {
    const cwd = home ?? (await Launch.home());
    const chosen = port ?? (await freePort());
    await bundledAhead(args);
    const { TEMPORAL_ADDRESS: _, ...rest } = process.env;
    // Its own process group, so that a Ctrl-C can be sent as a terminal sends it: to everybody in it.
    const child = spawn(process.execPath, ['--import', 'tsx', 'deploy/local/start.ts', ...args], {
      cwd,
      env: { ...rest, PORT: String(chosen), NO_COLOR: '1', ...env },
      detached: true,
    });
    return new Launch(child, chosen);
  }

  /** A folder that looks like the project, where `.goalkeeper` is nobody else's. */
  static async home(): Promise<string> {
    const home = await mkdtemp(join(tmpdir(), 'goalkeeper-'));
    const parts = [
      'activities',
      'examples',
      'gateway',
      'goals',
      'deploy',
      'node_modules',
      'package.json',
      'process',
      'views',
      'workflows',
      'tsconfig.json',
    ];
    await Promise.all(parts.map((part) => symlink(join(root, part), join(home, part))));
    return home;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** SIGKILL to what \`npm start\` runs, and to nothing else. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Waits until the output holds the text. */
  async says(text: string | RegExp, timeout = 60_000): Promise<void> {
    const matches = () => (typeof text === 'string' ? this.output.includes(text) : text.test(this.output));
    for (const until = Date.now() + timeout; !matches() && this.#child.exitCode === null; ) {
      if (Date.now() > until) throw new Error(`it does not say ${text}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (!matches()) throw new Error(`it ended without saying ${text}:\n${this.output}`);
  }

  /** The exit code, once it has ended by itself. */
  exit(): Promise<number | null> {
    return this.#exit;
  }

  /** What a terminal does at Ctrl-C. */
  async interrupt(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      process.kill(-(this.#child.pid as number), 'SIGINT');
    return this.#exit;
  }

  /** Ports on which the told addresses said that something listens. */
  get ports(): number[] {
    return [...this.output.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
  }
}
