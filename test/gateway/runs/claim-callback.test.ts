import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { Problem } from '../../../gateway/http/problems.ts';
import { claimCallback } from '../../../gateway/runs/claim-callback.ts';
import { temporalAt } from '../../../gateway/temporal/temporal.ts';
import { temporalAddress } from '../../temporal-address.ts';

const clock = { now: () => Date.now() };
const gateway = () => ({ temporal: temporalAt(temporalAddress, 'default'), clock });
const gateways = [gateway(), gateway()] as const;
afterAll(() => Promise.all(gateways.map(({ temporal }) => temporal.close())));

const token = () => ({ nonce: randomUUID(), step: 'render#1' });
const waits = (): Promise<void> => Promise.resolve();
const codeOf = (error: unknown) => (error as Problem).code;

test('of callbacks with one token, at two gateways at once, one takes it; the others hear once its attempt has ended', async () => {
  const of = token();
  let hasEnded = false;
  const stillWaits = async (): Promise<void> => {
    if (hasEnded) throw new Problem('callback_spent', 'Another was quicker.');
  };
  const claims = Array.from({ length: 10 }, (_, i) =>
    claimCallback(gateways[(i % 2) as 0 | 1], of, stillWaits).then(() => {
      hasEnded = true;
      return 'taken';
    }, codeOf),
  );
  expect((await Promise.all(claims)).sort()).toEqual([...Array(9).fill('callback_spent'), 'taken']);
});

test('who took a token and was killed then holds it for ten seconds: until then others are told to call again', async () => {
  const of = token();
  await claimCallback(gateways[0], of, waits);
  const again = (after = 0) => {
    const clock = { now: () => Date.now() + after };
    return claimCallback({ ...gateways[1], clock }, of, waits).then(() => 'taken', codeOf);
  };
  expect(await again()).toBe('callback_early');
  expect(await again(11_000)).toBe('taken');
});
