import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../../deploy/local/child-process.ts';
import { commandFor } from '../../deploy/local/own-process.ts';
import { issueAt } from './check-issue.ts';
import type { CheckReport } from './check-project.ts';

const CHECKING = fileURLToPath(
  new URL(`./checking${extname(fileURLToPath(import.meta.url))}`, import.meta.url),
);

/**
 * Checks a project as it is now, in a process of its own; `isForWorker` as of `checkProject`. Throws the signal's reason when
 * aborted, the process gone.
 */
export async function checkInChild(
  folder: string,
  { isForWorker, signal }: { isForWorker: boolean; signal: AbortSignal },
): Promise<CheckReport> {
  signal.throwIfAborted();
  const [command, args] = commandFor(CHECKING, [folder, String(isForWorker)]);
  let report: CheckReport | null = null;
  const child = await startChild(command, args, {
    env: process.env,
    onMessage: (message) => {
      report = message as CheckReport;
    },
  });
  const onAbort = (): void => void child.kill().catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  await child.exited;
  signal.removeEventListener('abort', onAbort);
  signal.throwIfAborted();
  return (
    report ?? {
      issues: [
        issueAt(
          folder,
          'error',
          'check_failed',
          `the check ended: ${child.tail().trim() || 'it said nothing'}`,
        ),
      ],
      teams: [],
      files: [],
    }
  );
}
