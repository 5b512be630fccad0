import { resolve } from 'node:path';
import { watchFiles } from '../../deploy/local/watch-files.ts';
import { checkInChild } from './check-in-child.ts';
import type { CheckReport } from './check-project.ts';

/** Checks a project, and again whenever one of its files is saved. Resolves after Ctrl-C, with nothing left running. */
export async function watchProject(folder: string, show: (report: CheckReport) => void): Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => ending.abort(new Error(name)));
  const changes = watchFiles([], [resolve(folder)]);
  signal.addEventListener('abort', () => changes.stop(), { once: true });
  try {
    do {
      const report = await checkInChild(folder, { isForWorker: false, signal });
      changes.watch(report.files);
      show(report);
    } while (await changes.next());
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    changes.stop();
  }
}
