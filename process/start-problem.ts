/** Why a process cannot start: a stable code, and a sentence that says what is wrong and how to mend it. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
