// Keeps events for the runs of a goal that wait for them, or will: the gateway gives them, also before there is such a run
// and with no worker up; a run asks for the next one.
//
// mailbox.1. An event is kept until a run that waits has been told of it, however often the gateway sends it and whoever dies.

import {
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  log,
  makeContinueAsNewFunc,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames, mailSignals } from '../../goals/wire/names.ts';
import { type Came, type MailboxState, mailSchema, waiterSchema } from '../../goals/wire/waits.ts';
import { type Answered, KeptEvents } from './kept-events.ts';

/** Changes after which it starts a fresh history. */
const CHANGES = 1_000;

/** Between two looks whether the runs that wait are still there: one that was terminated says nothing. */
const LOOK_MS = 86_400_000;

const { [activityNames.endedRuns]: endedRuns } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 1 },
});

export async function mailbox(state: MailboxState): Promise<void> {
  const kept = new KeptEvents(state);
  const { workflowId: box } = workflowInfo();
  let changes = 0;
  let telling = 0;
  const hears = (signal: string, take: (given: unknown) => boolean): void =>
    setHandler(defineSignal<[unknown]>(signal), (given) => {
      changes++;
      // From workers and gateways of other versions, too: what cannot be read must not stop what can.
      if (!take(given)) log.warn('a mailbox cannot read a signal', { signal });
    });
  hears(mailSignals.mail, (given) => {
    const mail = mailSchema.safeParse(given).data;
    if (mail !== undefined) kept.offer(mail, Date.now());
    return mail !== undefined;
  });
  hears(mailSignals.wait, (given) => {
    const waiter = waiterSchema.safeParse(given).data;
    if (waiter !== undefined) kept.wait(waiter);
    return waiter !== undefined;
  });
  hears(mailSignals.leave, (given) => {
    const waiter = waiterSchema.safeParse(given).data;
    if (waiter !== undefined) kept.leave(waiter.execution);
    return waiter !== undefined;
  });

  const tell = (told: Answered): void => {
    const { run, execution } = told.waiter;
    telling++;
    getExternalWorkflowHandle(run, execution)
      .signal(defineSignal<[Came]>(mailSignals.came), { box, ...told.came })
      // mailbox.1: what did not reach it is for who waits next.
      .catch(() => kept.unreachable(told))
      .finally(() => {
        telling--;
        changes++;
      });
  };

  let lookAt = Date.now() + LOOK_MS;
  for (;;) {
    const seen = changes;
    kept.expire(Date.now());
    for (const told of kept.takeTold()) tell(told);
    if (kept.isIdle && telling === 0) return;
    if (changes >= CHANGES || workflowInfo().continueAsNewSuggested) break;
    const due = Math.min(kept.nextDue ?? Number.POSITIVE_INFINITY, lookAt);
    await condition(() => changes > seen, Math.max(1, Math.ceil(due - Date.now())));
    if (Date.now() < lookAt) continue;
    for (const execution of await endedAmong(state.waiting)) kept.leave(execution);
    lookAt = Date.now() + LOOK_MS;
  }
  do {
    for (const told of kept.takeTold()) tell(told);
    await condition(() => telling === 0);
  } while (kept.hasToTell);
  return makeContinueAsNewFunc<typeof mailbox>()(kept.state);
}

async function endedAmong(waiting: MailboxState['waiting']): Promise<string[]> {
  if (waiting.length === 0) return [];
  return endedRuns(waiting).catch((error: unknown) => {
    log.warn('whether runs that wait for events have ended could not be seen', { error });
    return [];
  });
}
