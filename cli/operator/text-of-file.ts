import { readFileSync } from 'node:fs';
import { CommandProblem } from './command-problem.ts';

/** The text that a file holds. */
export function textOfFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandProblem('file_unreadable', `${path} cannot be read: ${(error as Error).message}`);
  }
}
