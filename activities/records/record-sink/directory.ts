// Records in a directory: `<goal>/<day it closed>/<run>.<execution>.json`, one file for each execution, and what one is marked as
// in `<goal>/marks/<run>.<execution>.json`.
//
// They hold inputs and outputs: files and folders that are made here are the user's alone.
//
// A file is there whole or not at all, also after a SIGKILL or a power cut: it is written beside its place, and renamed.

import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { StartProblem } from '../../../process/start-problem.ts';
import type { ClosedRun } from '../../../views/closed-runs.ts';
import type { RecordSink } from '../record-sink.ts';

const MARKS = 'marks';

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
      await put(placeOf(run), record);
      return 'kept';
    },
    // It stands beside the days, so whatever forgets a run forgets it, too.
    async mark(marks) {
      const { goal, run, execution } = marks;
      await put({ folder: join(root, goal, MARKS), file: `${run}.${execution}.json` }, marks);
      return 'kept';
    },
    async forget({ run, goal }) {
      let deleted = 0;
      // No ID of a run is that of another, a dot and an execution.
      for (const day of await namesIn(join(root, goal)))
        for (const file of await namesIn(join(root, goal, day)))
          if (file.startsWith(`${run}.`) && EXECUTION.test(file.slice(run.length + 1, -'.json'.length))) {
            await rm(join(root, goal, day, file), { force: true });
            deleted++;
          }
      return deleted;
    },
  };
}

/** Whole or not at all. */
async function put({ folder, file }: { folder: string; file: string }, record: object): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${randomUUID()}.draft`);
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
}

/** Temporal's run ID, or a light execution. */
const EXECUTION = /^[0-9a-f-]{36}(\.\d+\.[a-z0-9]+\.\d+)?$/;

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
