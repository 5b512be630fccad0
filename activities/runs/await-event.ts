// The worker's side of waiting for an event: a run's request, taken to the mailbox that keeps such events.

import { Context } from '@temporalio/activity';
import { MAILBOX, mailSignals, SYSTEM_TASK_QUEUE } from '../../goals/wire/names.ts';
import { type AskedMail, emptyMailbox } from '../../goals/wire/waits.ts';

const SIGNAL_MS = 4_000;

/** Asks for the next event, and begins the mailbox where there is none. */
export async function awaitEvent({ box, goal, keep, waiter }: AskedMail): Promise<void> {
  const { client } = Context.current();
  await client.withDeadline(Date.now() + SIGNAL_MS, () =>
    client.workflow.signalWithStart(MAILBOX, {
      workflowId: box,
      taskQueue: SYSTEM_TASK_QUEUE,
      args: [emptyMailbox(keep)],
      signal: mailSignals.wait,
      signalArgs: [waiter],
      staticSummary: mailboxSummary(goal),
    }),
  );
}

const mailboxSummary = (goal: string): string => `events for which runs of ${goal} wait`;
