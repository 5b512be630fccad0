// What a run is ended as that cannot end itself; the server is played, as a real one would have ended it at its deadline.

import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { expect, test } from 'vitest';
import { endStuck } from '../../../gateway/runs/end-stuck.ts';
import type { Temporal } from '../../../gateway/temporal/temporal.ts';

async function endedWith(deadline: string | null): Promise<unknown> {
  const asked: { details: { payloads: Payload[] } }[] = [];
  const service = { terminateWorkflowExecution: async (request: never) => void asked.push(request) };
  const described = { raw: { pendingActivities: [] } };
  const client = {
    options: { namespace: 'x', identity: 'the gateway' },
    workflow: { getHandle: () => ({ describe: async () => described }) },
    withDeadline: (_: number, make: () => unknown) => make(),
  };
  const temporal = { client, call: async (make: (given: unknown) => unknown) => make(service) };
  const stuck = { message: 'the code runs on', code: 'code_loops' };
  const run = { id: 'a:b', execution: 'x', deadline, stuck, state: 'stuck', steps: [], failure: null };
  await endStuck(temporal as never as Temporal, { run, errors: [] } as never, { reason: 'no more' });
  return defaultPayloadConverter.fromPayload(asked[0]?.details.payloads[0] as Payload);
}

test('a stuck run that is cancelled after its deadline has passed fails by that, and is not cancelled', async () => {
  const hour = 3_600_000;
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  expect(await endedWith(at(-hour))).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'deadline', code: 'deadline_passed', message: expect.stringContaining('it was stuck') },
  });
  for (const deadline of [at(hour), null])
    expect(await endedWith(deadline)).toMatchObject({ outcome: 'cancelled', failure: null });
});
