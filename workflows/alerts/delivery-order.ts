// What becomes of a message that waits for a sink, by what is known of its alert: no clock, no Temporal.
//
// delivery-order.1. Of one alert a sink gets one message after the other.
// delivery-order.2. A trouble that is settled before its message is sent has no message, nor one that the goal is reached again.

import type { Alert, AlertMessage } from '../../goals/wire/alerts.ts';

/** `wait`: for an earlier message of the alert. `drop`: there is nothing to tell any more. */
export function turnOf(sink: string, message: AlertMessage, alert: Alert): 'send' | 'wait' | 'drop' {
  const first = alert.messages.find(({ deliveries }) => deliveries[sink]?.state === 'waiting');
  // delivery-order.1
  if (first?.id !== message.id) return 'wait';
  // delivery-order.2
  return isNeedless(sink, message, alert) ? 'drop' : 'send';
}

function isNeedless(sink: string, message: AlertMessage, { goals, messages }: Alert): boolean {
  const named = goals.filter(({ goal }) => message.goals.includes(goal));
  if (message.what === 'opened') return named.every(({ settled }) => settled !== null);
  // Who was told nothing need not hear that it is over.
  return messages
    .filter(({ what, goals: told }) => what === 'opened' && told.some((goal) => message.goals.includes(goal)))
    .every(({ deliveries: { [sink]: told } }) => told?.state === 'healed' && told.mayHaveIt !== true);
}
