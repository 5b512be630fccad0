import { jobVariables } from '../goals/wire/names.ts';
import { saidUncarried, uncarriedIn } from '../goals/wire/text/uncarried.ts';
import { tell } from './tell.ts';

/** What a job knows of the attempt that it is. */
export interface ProgramContext {
  /** Aborted when the program is told to stop. Obey it: clean up and throw. */
  readonly signal: AbortSignal;
  /** Which attempt of the step this is, from 1. */
  readonly attempt: number;
  /** The same for every attempt of this step: give it to whoever must not do the work twice. */
  readonly idempotencyKey: string;
  readonly goal: string;
  readonly run: string;
  readonly step: string;
  /** The run's deadline; null when it has none. */
  readonly deadline: Date | null;
  /** What is left of this attempt's time, in milliseconds. */
  readonly remainingMs: number;
  /** What the last `checkpoint` of this step kept, in whichever attempt; undefined when nothing did. */
  readonly lastCheckpoint: unknown;
  /** Tells how far the job is. */
  progress(done: number, total?: number | null, note?: string | null): void;
  /** Keeps `state` (JSON, at most 16 KB) for the next attempt. */
  checkpoint(state: unknown): void;
}

/** As goalkeeper gives it; run by hand, as a first attempt that may take for ever. */
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
    progress: (done, total = null, note = null) => tell({ progress: { done, total, note } }),
    checkpoint: (state) => {
      const uncarried = uncarriedIn(state);
      if (uncarried !== null) throw uncheckpointed(saidUncarried('the checkpoint', uncarried));
      tell({ checkpoint: state });
    },
  };
}

const uncheckpointed = (message: string): Error =>
  Object.assign(new Error(message), {
    code: 'checkpoint_invalid',
    goalkeeper: { permanent: true, retryAfterMs: null, class: 'data' },
  });
