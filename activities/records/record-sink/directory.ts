// Records in a directory: `<goal>/<day it closed>/<run>.<execution>.json`, one file for each execution.
//
// They hold inputs and outputs: files and folders that are made here are the user's alone.
//
// A file is there whole or not at all, also after a SIGKILL or a power cut: it is written beside its place, and renamed.

import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { StartProblem } from '../../../process/start-problem.ts';
import type { ClosedRun } from '../../../views/closed-runs.ts';
import type { RecordSink } from '../record-sink.ts';

export function directorySink(directory: string): RecordSink {
  const root = resolve(directory);
  // A run's ID has no character that is special in a path.
  const placeOf = ({ goal, id, execution, closedAt }: ClosedRun): { folder: string; file: string } => ({
    folder: join(root, goal, new Date(closedAt).toISOString().slice(0, 10)),
    file: `${id}.${execution}.json`,
  });
  return {
    kind: 'directory',
    async open() {
      try {
        await mkdir(root, { recursive: true, mode: 0o700 });
        await access(root, constants.W_OK);
      } catch (error) {
        throw new StartProblem(
          'records_directory_unusable',
          `records cannot be written to ${root} (${(error as Error).message}); see GOALKEEPER_RECORDS_DIR`,
        );
      }
    },
    async has(run) {
      const { folder, file } = placeOf(run);
      return stat(join(folder, file)).then(
        () => true,
        () => false,
      );
    },
    async write(run, record) {
      const { folder, file } = placeOf(run);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = join(folder, `.${run.execution}.${randomUUID()}.draft`);
      try {
        const handle = await open(draft, 'wx', 0o600);
        try {
          await handle.writeFile(`${JSON.stringify(record)}\n`);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(draft, join(folder, file));
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
      return 'kept';
    },
  };
}
