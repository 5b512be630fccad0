import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkingDecisions, decisionKeysFrom } from '../../activities/decision-keys.ts';
import { watchAccess } from '../../gateway/access/watched-access.ts';
import type { DecisionRequest } from '../../goals/wire/approvals.ts';
import { signDecision, wrongSignature } from '../../goals/wire/decision-signature.ts';
import { silent } from '../gateway/workbench.ts';

const of = { run: 'paid:1', execution: 'e' };
const request: DecisionRequest = {
  ...{ step: 'sign-off#1', decision: 'approve', by: 'ada', reason: null, verified: true },
};

test('the command makes a key with which gateways sign, and workers check', async () => {
  const told = execFileSync(process.execPath, ['cli/goalkeeper.js', 'decision-key', 'new', '--id', 'now'], {
    encoding: 'utf8',
  });
  const [secret = '', known = ''] = told.split('\n').filter((line) => line.startsWith('['));
  const folder = mkdtempSync(join(tmpdir(), 'gk-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'keys.json'), secret);
  writeFileSync(join(folder, 'public.json'), known);
  writeFileSync(join(folder, 'access.json'), '{"decisions":{"keysFile":"keys.json"}}');
  const access = await watchAccess(join(folder, 'access.json'), silent);
  onTestFinished(() => access.stop());
  const { decisionKey } = access.current();
  if (decisionKey === null) throw new Error('the gateway has no key');
  const signed = { ...request, signed: signDecision(decisionKey, of, request, 1_000) };
  for (const GOALKEEPER_DECISION_KEYS of [known, join(folder, 'public.json')]) {
    const keys = await decisionKeysFrom({ GOALKEEPER_DECISION_KEYS });
    expect(wrongSignature(keys ?? [], of, signed, 2_000)).toBeNull();
    expect(wrongSignature(keys ?? [], { ...of, execution: 'f' }, signed, 2_000)).toContain('something else');
    expect(checkingDecisions('code', keys)).toMatch(/^globalThis\.gkDecisionKeys = \[.*\]; code$/);
  }
  expect(known).not.toContain(decisionKey.private);
  expect(await decisionKeysFrom({})).toBeNull();
});

test.each(['[]', '[{"id":"now"}]', 'nowhere/keys.json', '[{"id":"now","public":"abc"}]', '['])(
  'a worker does not start with %s for keys',
  async (GOALKEEPER_DECISION_KEYS) => {
    await expect(decisionKeysFrom({ GOALKEEPER_DECISION_KEYS })).rejects.toMatchObject({
      code: 'decision_keys_invalid',
    });
  },
);

test('a gateway does not start with a file of keys that holds none, and does not quote it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gk-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'access.json'), '{"decisions":{"keysFile":"keys.json"}}');
  writeFileSync(join(folder, 'keys.json'), '[{"id":"now","private":"hunter2"}]');
  const starting = watchAccess(join(folder, 'access.json'), silent);
  await expect(starting).rejects.toMatchObject({
    code: 'access_invalid',
    message: expect.not.stringContaining('hunter2'),
  });
});
