import type { Info } from '@temporalio/activity';
import type { Call } from '../../goals/wire/call.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';

/** Whose step an attempt is of: the workflow's own, but of an item that a shard of a map has tried. */
export function runOf(
  { run }: Call,
  { workflowType = '', workflowExecution }: Info,
): { goal: string; run: string } {
  if (run !== undefined) return { goal: parseRunId(run)?.goal ?? workflowType, run };
  return { goal: workflowType, run: workflowExecution?.workflowId ?? '' };
}
