import type { JobMessage } from '../goals/wire/error-envelope.ts';
import { writeAll } from './write-all.ts';

type Said<M> = M extends unknown ? Omit<M, 'goalkeeper'> : never;

/** Says one message of the contract: a line of JSON on stderr. */
export const report = (message: Said<JobMessage>): void =>
  writeAll(2, `${JSON.stringify({ goalkeeper: 1, ...message })}\n`);
