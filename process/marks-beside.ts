// What an execution is marked as, by the workflow beside it that has lists find it: one look, and most executions have none.

import { searchAttributes, taggedPrefix } from '../goals/wire/names.ts';
import { markOfTag, type RunMark } from '../goals/wire/retraction.ts';
import { isNotFound } from './is-not-found.ts';
import type { TemporalCaller } from './start-execution.ts';

/** It shows a mark as soon as it is written. */
export async function marksBeside(
  { client, call }: TemporalCaller,
  run: string,
  execution: string,
): Promise<RunMark[]> {
  try {
    const { searchAttributes: found } = await call(() =>
      client.workflow.getHandle(`${taggedPrefix(run)}${execution}`).describe(),
    );
    const tags = (found[searchAttributes.tags] ?? []) as readonly string[];
    return tags.flatMap((tag) => markOfTag(tag) ?? []);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
