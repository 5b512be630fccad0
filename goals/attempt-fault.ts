import type { Code } from './wire/codes.ts';
import type { ErrorClass } from './wire/ledger.ts';
import { type Inexact, saidInexact } from './wire/text/inexact.ts';
import { saidUncarried, type Uncarried } from './wire/text/uncarried.ts';

/** An error of goalkeeper's own making, found by the wrapper around a job. */
export class AttemptFault extends Error {
  override readonly name: string;
  readonly fault: { code: Code; class: ErrorClass; permanent: boolean; details?: unknown };

  constructor(name: string, message: string, fault: AttemptFault['fault']) {
    super(message);
    this.name = name;
    this.fault = fault;
  }
}

export const timedOut = (ms: number): AttemptFault =>
  new AttemptFault('TimeoutError', `no result after ${Math.round(ms)} ms`, {
    code: 'timeout',
    class: 'transient',
    permanent: false,
  });

export const workerStopped = (): AttemptFault =>
  new AttemptFault('WorkerStopped', 'the worker was told to stop in mid-attempt', {
    code: 'worker_stopped',
    class: 'infrastructure',
    permanent: false,
  });

const outputFault = (message: string): AttemptFault =>
  new AttemptFault('OutputInvalid', message, { code: 'output_invalid', class: 'data', permanent: true });

export const outputInvalid = (what: string): AttemptFault => outputFault(`the output ${what}`);

export const outputUncarried = (found: Uncarried): AttemptFault =>
  outputFault(saidUncarried('the output', found));

/** Of JSON that a program or a service wrote. */
export const outputInexact = (found: Inexact): AttemptFault => outputFault(saidInexact('the output', found));

export const outputTooLarge = (bytes: number, limit: number): AttemptFault =>
  new AttemptFault('OutputTooLarge', `the output has ${bytes} bytes; ${limit} at most`, {
    code: 'output_too_large',
    class: 'data',
    permanent: true,
  });

export const outputNotStored = (bytes: number, error: unknown): AttemptFault =>
  new AttemptFault(
    'OutputNotStored',
    `the output has ${bytes} bytes, and the storage for such did not take it: ${(error as Error).message}`,
    { code: 'output_not_stored', class: 'infrastructure', permanent: false },
  );

export const inputInvalid = (what: string): AttemptFault =>
  new AttemptFault('InputInvalid', `the input ${what}`, {
    code: 'input_invalid',
    class: 'data',
    permanent: true,
  });

export const jobUnbound = (job: string): AttemptFault =>
  new AttemptFault('JobUnbound', `this worker has no code for the job '${job}'`, {
    code: 'job_unbound',
    class: 'code',
    permanent: true,
  });
