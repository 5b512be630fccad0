import type { Code } from '../../goals/wire/codes.ts';
import type { ErrorClass } from '../../goals/wire/ledger.ts';

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
