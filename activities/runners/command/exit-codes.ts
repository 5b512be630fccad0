// What a command's end says about a next attempt, where the command did not tell itself. docs/reference/job-contract.md has the
// table, which a test proves.

import type { ErrorClass } from '../../../goals/wire/ledger.ts';

/** Exit codes with a meaning of their own: those of sysexits.h, and what shells and container engines give. Any other but 0 is `transient`. */
export const EXIT_CODES: Readonly<Record<number, { means: string; class: ErrorClass }>> = {
  64: { means: 'wrong usage of the command', class: 'code' },
  65: { means: 'the input is wrong', class: 'data' },
  66: { means: 'an input file is missing', class: 'data' },
  67: { means: 'no such user', class: 'permanent' },
  68: { means: 'no such host', class: 'transient' },
  69: { means: 'a service is unavailable', class: 'transient' },
  70: { means: 'an internal error of the program', class: 'code' },
  71: { means: 'the operating system refused something', class: 'infrastructure' },
  72: { means: 'a system file is missing', class: 'infrastructure' },
  73: { means: 'an output file cannot be made', class: 'infrastructure' },
  74: { means: 'reading or writing failed', class: 'transient' },
  75: { means: 'a failure that may heal by itself', class: 'transient' },
  76: { means: 'another system broke its protocol', class: 'transient' },
  77: { means: 'permission denied', class: 'permanent' },
  78: { means: 'the program is configured wrongly', class: 'permanent' },
  125: { means: 'what starts the program failed itself', class: 'infrastructure' },
  126: { means: 'something that it runs cannot be executed', class: 'code' },
  127: { means: 'something that it runs was not found', class: 'code' },
};

/** Signals that a program brings upon itself. Others came from outside: an operator, the kernel short of memory. */
const OWN_FAULTS: readonly string[] = [
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
  'SIGSYS',
];

export const isOwnFault = (signal: string): boolean => OWN_FAULTS.includes(signal);
