import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { hooksFrom } from '../../gateway/triggers/hooks.ts';

test('the webhooks that the page declares are ones that the gateway takes', async () => {
  const page = await readFile('docs/guide/events.md', 'utf8');
  const [, shown] = /```json\n(\[\n[\s\S]*?)```/.exec(page) ?? [];
  const secrets = { GITHUB_SECRET: 'x'.repeat(20), SHOP_SECRET: 'x'.repeat(40), ERP_SECRET: 'y'.repeat(20) };
  const hooks = hooksFrom({ GOALKEEPER_HOOKS: shown, ...secrets });
  expect(hooks.map(({ name, preset }) => `${name} ${preset}`)).toEqual([
    'code github',
    'shop standard-webhooks',
    'erp hmac',
  ]);
});
