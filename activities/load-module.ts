import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { StartProblem } from '../process/start-problem.ts';

/**
 * Imports a file of a team's.
 * @throws StartProblem `team_missing` where there is none; `module_broken`, with what it threw as its cause.
 */
export async function loadModule(path: string): Promise<unknown> {
  try {
    await stat(path);
  } catch {
    throw new StartProblem('team_missing', `there is no ${path}; a team's folder holds goals.ts and jobs.ts`);
  }
  try {
    return await import(/* @vite-ignore */ pathToFileURL(path).href);
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(`it threw ${String(error)}`);
    const where = stack
      ?.split('\n')
      .find((line) => /file:|\.m?[jt]s:/.test(line) && !line.includes('node_modules'))
      ?.trim();
    throw new StartProblem(
      'module_broken',
      `${path} cannot be loaded: ${message}${where === undefined || message.includes(where) ? '' : `\n  ${where}`}`,
      { cause: error },
    );
  }
}
