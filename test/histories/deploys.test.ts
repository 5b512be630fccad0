import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { bundleGoals } from '../../activities/bundle.ts';
import { signalNames } from '../../goals/wire/names.ts';
import { bundled } from '../bundled.ts';
import '../quiet-runtime.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.0');

interface Recorded {
  events: { eventId: string; activityTaskStartedEventAttributes?: { scheduledEventId: string } }[];
}

/** The history with one more event after this one; all that refer to later events follow them. */
function withEvent({ events }: Recorded, after: number, event: object): Recorded {
  const shifted = JSON.stringify(events).replace(/"(\w*[eE]ventId)":"(\d+)"/g, (_, name, id) =>
    JSON.stringify({ [name]: String(Number(id) > after ? Number(id) + 1 : id) }).slice(1, -1),
  );
  const [before, rest] = [events.slice(0, after), JSON.parse(shifted).slice(after)];
  const eventTime = (events[after] as { eventTime?: string }).eventTime;
  return { events: [...before, { eventId: String(after + 1), eventTime, ...event }, ...rest] };
}

test('in a deploy, what a new worker told an old one is replayed as the old one took it: not at all', async () => {
  const recorded: Recorded = JSON.parse(
    readFileSync(join(folder, 'achieved-after-errors.history.json'), 'utf8'),
  );
  const started = recorded.events.filter((event) => event.activityTaskStartedEventAttributes).at(-1);
  const struggle = {
    ...{ step: 'act-slowly#1', since: '2026-11-21T03:22:30.000Z', attempts: 2 },
    ...{ code: 'unclassified', message: 'upstream said no (2)', fingerprint: '4104d84116c05559' },
  };
  const history = withEvent(recorded, Number(started?.eventId), {
    eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
    workflowExecutionSignaledEventAttributes: {
      signalName: signalNames.struggling,
      input: {
        payloads: [
          {
            metadata: { encoding: Buffer.from('json/plain').toString('base64') },
            data: Buffer.from(JSON.stringify(struggle)).toString('base64'),
          },
        ],
      },
      identity: 'a new worker',
    },
  });
  expect(history.events.map(({ eventId }) => Number(eventId))).toEqual(history.events.map((_, i) => i + 1));
  const goalsModule = join(folder, 'goals.ts');
  await bundled(goalsModule);
  const workflowBundle = await bundleGoals(goalsModule);
  await Worker.runReplayHistory({ workflowBundle }, history);
});
