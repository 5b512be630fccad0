import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alertOptions, alertSinks } from '../../../activities/alerts/sinks.ts';
import { DEFAULT_ALERT_SETTINGS } from '../../../goals/wire/alerts.ts';

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const file = async (text: string): Promise<string> => {
  const path = join(await mkdtemp(join(tmpdir(), 'sinks-')), 'sinks.json');
  await writeFile(path, text);
  return path;
};

test('an empty environment has no sinks, and the defaults', async () => {
  expect(await alertOptions({ GOALKEEPER_ALERT_SLACK_URL: '' })).toEqual({
    ...{ id: 'gk-alerts', sinks: [], url: 'http://127.0.0.1:3000', settings: DEFAULT_ALERT_SETTINGS },
  });
});

test('sinks come from variables and from a file', async () => {
  const more = [{ name: 'ops', kind: 'slack', url: 'https://chat.example/x' }];
  const options = await alertOptions({
    GOALKEEPER_ALERT_WEBHOOK_URL: 'https://hook.example/',
    GOALKEEPER_ALERT_WEBHOOK_SECRET: secret,
    GOALKEEPER_ALERT_SLACK_URL: 'https://hooks.slack.example/T/B/x',
    GOALKEEPER_ALERT_SINKS: await file(JSON.stringify(more)),
    GOALKEEPER_ALERT_COOLDOWN: '1h',
    GOALKEEPER_URL: 'https://gk.example/',
  });
  expect(options.sinks.map(({ name, kind }) => [name, kind])).toEqual([
    ['webhook', 'webhook'],
    ['slack', 'slack'],
    ['ops', 'slack'],
  ]);
  expect([options.url, options.settings.cooldownMs]).toEqual(['https://gk.example', 3_600_000]);
});

test.each([
  [
    { GOALKEEPER_ALERT_WEBHOOK_URL: 'https://hook.example/' },
    /GOALKEEPER_ALERT_WEBHOOK_SECRET is not; set it to whsec_/,
  ],
  [{ GOALKEEPER_ALERT_WEBHOOK_SECRET: secret }, /GOALKEEPER_ALERT_WEBHOOK_URL is not; set it/],
  [
    { GOALKEEPER_ALERT_WEBHOOK_URL: 'https://hook.example/', GOALKEEPER_ALERT_WEBHOOK_SECRET: 'hidden' },
    /GOALKEEPER_ALERT_WEBHOOK_SECRET must be whsec_/,
  ],
  [
    { GOALKEEPER_ALERT_WEBHOOK_URL: 'hook.example', GOALKEEPER_ALERT_WEBHOOK_SECRET: secret },
    /GOALKEEPER_ALERT_WEBHOOK_URL is not an http/,
  ],
  [{ GOALKEEPER_ALERT_SLACK_URL: 'ftp://chat.example/hidden' }, /GOALKEEPER_ALERT_SLACK_URL is not an http/],
  [{ GOALKEEPER_ALERT_COOLDOWN: 'soon' }, /GOALKEEPER_ALERT_COOLDOWN is 'soon'/],
  [{ GOALKEEPER_URL: 'gk.example' }, /GOALKEEPER_URL is 'gk.example'/],
  [{ GOALKEEPER_ALERT_SINKS: '/nowhere/sinks.json' }, /GOALKEEPER_ALERT_SINKS: ENOENT/],
])('%j is a problem that says what to mend', async (environment, message) => {
  await expect(alertOptions(environment)).rejects.toMatchObject({
    code: 'alerts_invalid',
    message: expect.stringMatching(message),
  });
});

test.each([
  '{"name":"hidden"}',
  '[{"hidden"',
  '["hidden"]',
  '[{"name":"a","kind":"webhook","url":"https://hidden","secret":"hidden"}]',
])('a broken file %j is a problem that shows no secret', async (text) => {
  const error = await alertOptions({ GOALKEEPER_ALERT_SINKS: await file(text) }).catch(
    (reason: Error) => reason,
  );
  expect(error).toMatchObject({ code: 'alerts_invalid' });
  expect((error as Error).message).not.toContain('hidden');
});

test('each kind of sink is a file, and a line of the list', async () => {
  const files = await readdir('activities/alerts/alert-sink');
  expect(alertSinks.map(({ kind }) => `${kind}.ts`).sort()).toEqual(files.sort());
});

test('two sinks of one name are refused', async () => {
  const ops = { name: 'slack', kind: 'slack', url: 'https://chat.example/x' };
  const environment = {
    GOALKEEPER_ALERT_SLACK_URL: 'https://chat.example/y',
    GOALKEEPER_ALERT_SINKS: await file(JSON.stringify([ops])),
  };
  await expect(alertOptions(environment)).rejects.toThrow("two alert sinks are called 'slack'");
});

test.each([
  { GOALKEEPER_ALERT_SLACK_URL: 'https://user:hunter2x@hooks.example/x' },
  {
    GOALKEEPER_ALERT_WEBHOOK_URL: 'https://user:hunter2x@hooks.example/x',
    GOALKEEPER_ALERT_WEBHOOK_SECRET: `whsec_${'a'.repeat(32)}`,
  },
  { GOALKEEPER_URL: 'http://user:hunter2x@gateway.example' },
  { GOALKEEPER_CALLBACK_URL: 'http://user:hunter2x@gateway.example' },
])('credentials in an address are refused at the start, and not shown: %j', async (environment) => {
  const options = alertOptions(environment);
  await expect(options).rejects.toMatchObject({ code: 'alerts_invalid' });
  await expect(options).rejects.toThrow('holds a user or password');
  await expect(options).rejects.not.toThrow('hunter2x');
});
