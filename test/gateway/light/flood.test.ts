// More is asked of a light goal than its host takes: the gateway says so, and what it has taken is pursued.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bind } from 'goalkeeper/worker';
import { expect, test } from 'vitest';
import { Workbench } from '../../engine/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { askingAt, eventually, gatewayAt } from '../workbench.ts';
import goals, { listed, listMark } from './goals.ts';

/** Up to 256 are in flight; the others wait. */
const AT_ONCE = 400;

test('beyond what waits for a host a request is answered 503 with Retry-After, and taken when there is room again', {
  timeout: 240_000,
}, async () => {
  const bench = await Workbench.open();
  const gateway = await gatewayAt(temporalAddress);
  try {
    const goalsModule = join(fileURLToPath(new URL('./', import.meta.url)), 'goals.ts');
    const job = bind(listMark, () => null);
    const worker = await bench.worker(goalsModule, goals, [job]);
    await eventually(async () => (await gateway.get(`/goals/${listed.name}`)).status === 200);
    const path = `/goals/${listed.name}/runs`;
    const inputOf = (n: number) => ({ input: { day: `d${n}`, region: 'r00' } });
    // Its host is there, and nobody takes its tasks.
    await gateway.post(path, inputOf(0));
    await worker.stop();
    const impatient = askingAt(gateway.url);
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) => impatient.post(path, inputOf(i + 1))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    const busy = answers.filter(({ body }) => body.code === 'goal_busy');
    expect(busy.length).toBeGreaterThan(0);
    for (const { headers } of busy) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    await bench.worker(goalsModule, goals, [job]);
    await eventually(async () => {
      const { status, body } = await gateway.post(path, inputOf(AT_ONCE), { prefer: 'wait=5' });
      return status === 200 && body.outcome === 'achieved';
    });
  } finally {
    await gateway.stop();
    await bench.close();
  }
});
