import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { ChildWorker } from '../child-worker.ts';
import { Workbench } from '../workbench.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** A worker of this folder's goals, a process of its own, and what its jobs themselves noted. */
export class FunctionTeam {
  bench!: Workbench;
  readonly #directory = mkdtempSync(join(tmpdir(), 'functions-'));
  #worker: ChildWorker | undefined;

  static forThisFile(): FunctionTeam {
    const team = new FunctionTeam();
    beforeAll(async () => {
      team.bench = await Workbench.open();
    });
    afterAll(async () => {
      await team.#worker?.end('SIGKILL');
      await team.bench.close();
    });
    return team;
  }

  path(name: string): string {
    return join(this.#directory, name);
  }

  /** The one that runs; a new one when it has ended. */
  async worker(): Promise<ChildWorker> {
    if (this.#worker?.isRunning) return this.#worker;
    this.#worker = await ChildWorker.start(folder, {
      GOALKEEPER_TASK_QUEUE: this.bench.taskQueue,
      NOTES_FILE: this.path('notes'),
      // Bad jobs are meant to be noticed there: the tests read it, and nobody else.
      LOG_LEVEL: 'info',
    });
    return this.#worker;
  }

  /** What the jobs of a run noted. */
  async notes(run: string): Promise<string[]> {
    const lines = (await readFile(this.path('notes'), 'utf8').catch(() => '')).split('\n');
    return lines.filter((line) => line.startsWith(`${run} `)).map((line) => line.slice(run.length + 1));
  }
}

/** Whether there is such a process; one that has ended and is not buried yet is none. */
export async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
  if (status !== null) return !/^State:\s+[ZX]/m.test(status);
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
