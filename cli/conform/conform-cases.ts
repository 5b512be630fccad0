// What `goalkeeper conform` tries of a job's program, and how a right answer looks (docs/reference/job-contract.md).

import { isDeepStrictEqual } from 'node:util';
import type { Classified } from '../../activities/attempts/classify.ts';
import { isRefusing } from '../../goals/wire/error-envelope.ts';
import type { ErrorClass } from '../../goals/wire/ledger.ts';

/** How a program answered a case. */
export interface CaseAnswer {
  output: { value: unknown } | null;
  error: Classified | null;
  progress: readonly unknown[];
  checkpoints: readonly unknown[];
  /** Milliseconds from being told to stop to its end; null when it was not told. */
  stopMs: number | null;
}

export interface ConformCase {
  name: string;
  /** What it is about. */
  about: string;
  /** Told to stop once it has told of progress. */
  isStopped?: true;
  /** Null when the answer is right, else what is wrong with it. */
  fault(answer: CaseAnswer): string | null;
  /** How to mend it. */
  advice: string;
}

/** Given to every case; what comes back must be equal to it. */
export const CONFORM_INPUT = { text: 'Zürich "東京" 🚀\n', numbers: [0, -1.5, 1e21], none: null };

export const CONFORM_CONTEXT = {
  attempt: 3,
  idempotencyKey: 'conform:key/step#1/0123456789ab',
  lastCheckpoint: { row: 7, note: 'ä' },
};

const CONFORM_OUTPUT = { conform: CONFORM_INPUT };

/** So long a program may take to end once it is told to. */
export const STOP_MS = 5000;

const answered = ({ output, error }: CaseAnswer): string =>
  error !== null
    ? `it failed as ${error.class}, ${error.code}: ${error.message}`
    : `it ended well, with the output ${shown(output?.value)}`;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

const givesInputBack = (answer: CaseAnswer): string | null =>
  isDeepStrictEqual(answer.output?.value, CONFORM_OUTPUT) ? null : answered(answer);

const failsAs = (kind: ErrorClass, exit: number): ConformCase => ({
  name: kind,
  about: isRefusing(kind) ? 'an error that is not tried again' : 'an error that is tried again',
  fault: (answer) => (answer.error?.class === kind ? null : answered(answer)),
  advice: `Write {"goalkeeper":1,"error":{"code":"…","message":"…","class":"${kind}"}} as one line on stderr, and end with an exit code that is not 0; or end with ${exit}.`,
});

export const CONFORM_CASES: readonly ConformCase[] = [
  {
    name: 'success',
    about: 'the output of a job that went well',
    fault: givesInputBack,
    advice:
      'Where GOALKEEPER_CONFORM is `success`, answer {"conform": <the input as it came>} on stdout, nothing beside it, and end with 0. The helpers for Python and TypeScript do that by themselves.',
  },
  {
    name: 'context',
    about: 'what it knows of the attempt',
    fault: (answer) => (isDeepStrictEqual(answer.output?.value, CONFORM_CONTEXT) ? null : answered(answer)),
    advice:
      'Answer {"attempt": <GOALKEEPER_ATTEMPT>, "idempotencyKey": "<GOALKEEPER_IDEMPOTENCY_KEY>", "lastCheckpoint": <GOALKEEPER_CHECKPOINT>}. Whatever starts the program has to hand on its environment.',
  },
  {
    name: 'progress',
    about: 'progress and a checkpoint',
    fault: (answer) =>
      givesInputBack(answer) ??
      (isDeepStrictEqual([answer.progress, answer.checkpoints], [[[1, 2, 'half of it']], [{ row: 1 }]])
        ? null
        : `it told the progress ${shown(answer.progress)} and the checkpoints ${shown(answer.checkpoints)}`),
    advice:
      'Write {"goalkeeper":1,"progress":{"done":1,"total":2,"note":"half of it"}} and {"goalkeeper":1,"checkpoint":{"row":1}} as lines on stderr, then answer as to `success`. stderr must not be sent elsewhere, nor into stdout.',
  },
  failsAs('transient', 75),
  failsAs('infrastructure', 71),
  failsAs('permanent', 77),
  failsAs('data', 65),
  failsAs('code', 70),
  {
    name: 'retry-after',
    about: 'an error that says when to try again',
    fault: (answer) => (answer.error?.retryAfterMs === 7000 ? null : answered(answer)),
    advice: 'Tell a transient error with "retryAfter":7, in seconds.',
  },
  {
    name: 'bad-output',
    about: 'output that is no JSON',
    fault: (answer) => (answer.error?.permanent === true ? null : answered(answer)),
    advice:
      'Write something that is no JSON, and end with 0; or notice it, and tell an error of the class data or code.',
  },
  {
    name: 'megabytes',
    about: 'output over 50 MiB',
    fault: (answer) => (answer.error?.code === 'output_too_large' ? null : answered(answer)),
    advice: 'Write 60 MB of output. A program between must not cut it short.',
  },
  {
    name: 'crash',
    about: 'a sudden end',
    fault: (answer) => (answer.error !== null && !answer.error.permanent ? null : answered(answer)),
    advice:
      'Kill yourself (SIGKILL). If that looks like a success, or like bad output, what starts the program loses its exit code: in a shell, use `exec`, or `set -o pipefail`.',
  },
  {
    name: 'cancel',
    about: 'ending when told to',
    isStopped: true,
    fault: (answer) =>
      answer.stopMs === null
        ? `it was not told to stop, as it told no progress: ${answered(answer)}`
        : answer.stopMs < STOP_MS
          ? null
          : `it did not end within ${STOP_MS / 1000} s of SIGTERM, and was killed`,
    advice:
      'Tell progress, {"goalkeeper":1,"progress":{"done":0}}, then wait for SIGTERM, clean up, and end. What starts the program must not keep the signal to itself: in a shell, use `exec`; in a container, `--init`.',
  },
  {
    name: 'hang',
    about: 'being killed when deaf',
    isStopped: true,
    fault: (answer) => (answer.stopMs !== null && answer.output === null ? null : answered(answer)),
    advice:
      'Tell progress, ignore SIGTERM (in a shell, `trap "" TERM`), and wait. It is killed, with all that it started.',
  },
];
