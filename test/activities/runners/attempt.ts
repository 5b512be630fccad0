// One attempt of a job as a runner sees it, without an engine: what it tells is kept for the test to read.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Classified, classify } from '../../../activities/attempts/classify.ts';
import type { AnyRunner, JobContext } from '../../../activities/bind.ts';
import { artifactsTo } from '../../../goals/artifacts.ts';
import { DEFAULT_RETRY } from '../../../goals/policy.ts';
import type { Artifact } from '../../../goals/wire/artifacts.ts';

export class Attempt {
  /** What it logged, with its level. */
  readonly log: { level: number; msg: string }[] = [];
  readonly progress: unknown[] = [];
  readonly checkpoints: unknown[] = [];
  readonly artifacts: (Artifact | null)[] = [];
  readonly #abort = new AbortController();
  readonly #given: Partial<JobContext>;

  constructor(given: Partial<JobContext> = {}) {
    this.#given = given;
  }

  get messages(): string[] {
    return this.log.map(({ msg }) => msg);
  }

  cancel(): void {
    this.#abort.abort(new Error('cancelled'));
  }

  /** The output; rejects with what the runner throws. */
  run(runner: AnyRunner, input: unknown = {}): Promise<unknown> {
    const stream = { write: (line: string) => void this.log.push(JSON.parse(line)) };
    return runner(input, {
      signal: this.#abort.signal,
      attempt: 1,
      idempotencyKey: 'a-goal:k/a-step#1/abc',
      goal: 'a-goal',
      run: 'a-goal:k',
      step: 'a-step#1',
      deadline: null,
      remainingMs: 60_000,
      log: pino({ base: null }, stream),
      secrets: {},
      lastCheckpoint: undefined,
      progress: (...told) => void this.progress.push(told),
      checkpoint: async (state) => void this.checkpoints.push(state),
      artifact: artifactsTo((artifact) => void this.artifacts.push(artifact)),
      ...this.#given,
    });
  }

  /** The error with which it fails, as the ledger would have it. */
  async fail(runner: AnyRunner, input: unknown = {}): Promise<Classified> {
    const output = await this.run(runner, input).then(
      (value) => ({ value }),
      (thrown: unknown) => classify(thrown, DEFAULT_RETRY),
    );
    if ('value' in output) throw new Error(`it did not fail, but returned ${JSON.stringify(output.value)}`);
    return output;
  }
}

/** A file to which programs write their process IDs, one a line. */
export class PidFile {
  readonly path = join(mkdtempSync(join(tmpdir(), 'pids-')), 'pids');

  all(): number[] {
    try {
      return readFileSync(this.path, 'utf8').split('\n').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  }

  alive(): number[] {
    return this.all().filter(isAlive);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie is dead; whose child it is has not noticed yet.
    return !(process.platform === 'linux' && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')));
  } catch {
    return false;
  }
}
