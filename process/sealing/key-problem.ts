/** Why something sealed cannot be opened, or nothing can be sealed. */
export type KeyProblemCode = 'key_missing' | 'key_wrong' | 'key_service_unavailable';

/** A payload and the keys of this process do not fit. Its message names keys by their IDs, and holds nothing else of them. */
export class KeyProblem extends Error {
  override readonly name = 'KeyProblem';
  readonly code: KeyProblemCode;

  constructor(code: KeyProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
