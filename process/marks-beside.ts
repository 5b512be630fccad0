// What an execution is marked as, by the workflow beside it that has lists find it: one look, and most executions have none.

import { searchAttributes, taggedPrefix } from '../goals/wire/names.ts';
import { markOfTag, type RunMark } from '../goals/wire/retraction.ts';
import { isNotFound } from './is-not-found.ts';
import type { TemporalCaller } from './start-execution.ts';

/** It shows a mark as soon as it is written. */
export async function marksBeside(
  caller: TemporalCaller,
  run: string,
  execution: string,
): Promise<RunMark[]> {
  return (await markedBeside(caller, run, execution)).marks;
}

/** `at`: when they were written last, or tags were, in milliseconds since 1970; 0 where there is none. */
export async function markedBeside(
  { client, call }: TemporalCaller,
  run: string,
  execution: string,
): Promise<{ marks: RunMark[]; at: number }> {
  try {
    const { searchAttributes: found, startTime } = await call(() =>
      client.workflow.getHandle(`${taggedPrefix(run)}${execution}`).describe(),
    );
    const tags = (found[searchAttributes.tags] ?? []) as readonly string[];
    return { marks: tags.flatMap((tag) => markOfTag(tag) ?? []), at: startTime.getTime() };
  } catch (error) {
    if (isNotFound(error)) return { marks: [], at: 0 };
    throw error;
  }
}
