// The second argument of a job that is a TypeScript program: the job's own process reads it from its environment.

import { artifactsTo } from '../goals/artifacts.ts';
import type { Artifacts } from '../goals/index.ts';
import { LEFT_OUT } from '../goals/wire/artifact-bounds.ts';
import { jobVariables } from '../goals/wire/names.ts';
import { saidUncarried, uncarriedIn } from '../goals/wire/text/uncarried.ts';
import { report } from './report.ts';

/** The second argument of the function that `jobProgram` runs: the attempt that it is. */
export interface ProgramContext {
  /** Aborted on SIGTERM. Obey it: clean up and throw. */
  readonly signal: AbortSignal;
  /** Which attempt of the step this is, from 1. */
  readonly attempt: number;
  /** The same for every attempt of this step: give it to a service that must not do the work twice. */
  readonly idempotencyKey: string;
  /** The goal's name. */
  readonly goal: string;
  /** The run's ID, `goal:key`. */
  readonly run: string;
  /** The step's path, such as `load-day#3`. */
  readonly step: string;
  /** The run's deadline; null when it has none. */
  readonly deadline: Date | null;
  /** The rest of this attempt's time, in milliseconds. */
  readonly remainingMs: number;
  /** The state of the step's last `checkpoint`, in whichever attempt; undefined when there is none. */
  readonly lastCheckpoint: unknown;
  /** Reports how far the job is: `done` of `total`, where the total is known, and a note on what it is doing. */
  progress(done: number, total?: number | null, note?: string | null): void;
  /**
   * Keeps `state` for the step's next attempt: up to 16 KB of JSON.
   * @throws Error with the code `checkpoint_invalid` when JSON cannot carry the state.
   */
  checkpoint(state: unknown): void;
  /** Shows tables, texts, links and images with the run. Those of an attempt that fails show as well. */
  readonly artifact: Artifacts;
}

/** The context that goalkeeper gives; for a program run by hand, that of a first attempt without a timeout. */
export function programContext(environment: NodeJS.ProcessEnv, signal: AbortSignal): ProgramContext {
  const given = (name: keyof typeof jobVariables): string | undefined => environment[jobVariables[name]];
  const endsAt = performance.now() + Number(given('remainingMs') ?? Number.POSITIVE_INFINITY);
  const [deadline, checkpoint] = [given('deadline'), given('checkpoint')];
  return {
    signal,
    attempt: Number(given('attempt') ?? 1),
    idempotencyKey: given('idempotencyKey') ?? '',
    goal: given('goal') ?? '',
    run: given('run') ?? '',
    step: given('step') ?? '',
    deadline: deadline === undefined ? null : new Date(deadline),
    get remainingMs() {
      return Math.max(0, endsAt - performance.now());
    },
    lastCheckpoint: checkpoint === undefined ? undefined : JSON.parse(checkpoint),
    progress: (done, total = null, note = null) => report({ progress: { done, total, note } }),
    checkpoint: (state) => {
      const uncarried = uncarriedIn(state);
      if (uncarried !== null) throw uncheckpointed(saidUncarried('the checkpoint', uncarried));
      report({ checkpoint: state });
    },
    artifact: artifactsTo((artifact, name) => {
      if (artifact !== null) report({ artifact });
      // It is too large to travel; the worker counts it.
      else report({ artifact: { kind: 'image', name, address: LEFT_OUT } });
    }),
  };
}

const uncheckpointed = (message: string): Error =>
  Object.assign(new Error(message), {
    code: 'checkpoint_invalid',
    goalkeeper: { permanent: true, retryAfterMs: null, class: 'data' },
  });
