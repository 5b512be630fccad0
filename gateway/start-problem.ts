/** Why the gateway cannot start, in a sentence that says how to mend it. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
