// Events on their way to the runs that wait for them: given to the mailbox that keeps them, whether or not there is such a run.

import type { Effect } from '../../goals/wire/answers.ts';
import { type CloudEvent, eventDigest } from '../../goals/wire/events.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { MAILBOX, mailSignals, SYSTEM_TASK_QUEUE } from '../../goals/wire/names.ts';
import {
  emptyMailbox,
  MAIL_BYTES,
  type Mail,
  type MatchedValues,
  mailboxOf,
  type WaitTerms,
} from '../../goals/wire/waits.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { refusingFull } from './full-workflows.ts';

export interface Mailboxes {
  /** Keeps an event for the runs of a goal whose input has these values. An `EventsFull` when the mailbox is full. */
  keep(goal: string, terms: WaitTerms, values: MatchedValues, event: CloudEvent): Promise<Effect>;
}

export function mailboxesOf(temporal: Temporal): Mailboxes {
  const refuseFull = refusingFull(temporal);
  return {
    async keep(goal, terms, values, event) {
      const bytes = jsonBytes(event);
      if (bytes > MAIL_BYTES)
        return {
          ...{ goal, how: 'refused', code: 'input_too_large' },
          message: `The event has ${bytes} bytes; ${MAIL_BYTES} at most are kept for runs of ${goal} that wait. Pass a reference to the data.`,
        };
      const id = mailboxOf(goal, terms, values);
      await refuseFull(id);
      const mail: Mail = { digest: eventDigest(event), event, keep: terms.keep };
      await temporal.call(() =>
        temporal.client.workflow.signalWithStart(MAILBOX, {
          workflowId: id,
          taskQueue: SYSTEM_TASK_QUEUE,
          args: [emptyMailbox(terms.keep)],
          signal: mailSignals.mail,
          signalArgs: [mail],
          staticSummary: `events for which runs of ${goal} wait`,
        }),
      );
      return { goal, how: 'kept', mailbox: id };
    },
  };
}
