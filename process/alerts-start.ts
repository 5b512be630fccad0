import { memoNames, SYSTEM_TASK_QUEUE } from '../goals/wire/names.ts';

/** How the alerts workflow begins, whoever needs it first. */
export const alertsStart = (workflowId: string) => ({
  ...{ workflowId, taskQueue: SYSTEM_TASK_QUEUE, args: [null] as [null] },
  memo: { [memoNames.alerts]: [], [memoNames.mutes]: [], [memoNames.accepted]: {} },
  staticSummary: 'who is told of goals that are not reached',
});
