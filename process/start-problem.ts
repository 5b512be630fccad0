import type { StartProblemCode } from './start-codes.ts';

/** Why a process cannot start: a stable code, and a sentence that says what is wrong and how to mend it. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
  readonly code: StartProblemCode;

  constructor(code: StartProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
