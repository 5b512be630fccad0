import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alertOptions } from '../../activities/alerts/sinks.ts';
import { knowOwnSecrets } from '../../activities/own-secrets.ts';
import { redact } from '../../activities/redact.ts';

const file = (content: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'own-')), 'file');
  writeFileSync(path, content);
  return path;
};

test("the worker's own secrets are in no text that it keeps", async () => {
  const secrets = {
    callback: 'callback-4711-abcdef-ghijkl',
    alerts: Buffer.from('alerts-key-of-24-bytes-and-more').toString('base64'),
    records: Buffer.from('records-key-of-24-bytes').toString('base64'),
    password: 'sink-pass%20word',
    slack: 'XXq8Lk2mPzR7tYwVbN4cD1eF',
    hook: 'hook-key-of-sixteen-bytes',
    aws: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    sink: `${Buffer.from('a-sink-of-a-file-has-its-own').toString('base64').replace(/=+$/, '')}`,
  };
  knowOwnSecrets({
    GOALKEEPER_CALLBACK_SECRET_FILE: file(`${secrets.callback}\n`),
    GOALKEEPER_ALERT_WEBHOOK_SECRET: `whsec_${secrets.alerts}`,
    GOALKEEPER_RECORDS_SECRET: secrets.records,
    GOALKEEPER_RECORDS_URL: `https://user:${secrets.password}@records.example/x`,
    GOALKEEPER_ALERT_SLACK_URL: `https://hooks.slack.com/services/T0/B0/${secrets.slack}`,
    GOALKEEPER_HOOKS: file('[{ "name": "github", "preset": "github", "secret": "OUR_HOOK" }]'),
    OUR_HOOK: secrets.hook,
    AWS_SECRET_ACCESS_KEY: secrets.aws,
  });
  await alertOptions({
    GOALKEEPER_ALERT_SINKS: file(
      JSON.stringify([
        { name: 'ops', kind: 'webhook', url: 'https://a.example/', secret: `whsec_${secrets.sink}` },
      ]),
    ),
  });
  for (const [name, value] of Object.entries(secrets))
    for (const form of [decodeURIComponent(value), Buffer.from(decodeURIComponent(value)).toString('base64')])
      expect(redact(`it is ${form}, said ${name}`)).not.toContain(form);
  expect(redact('records.example and hooks.slack.com are no secrets')).toContain('records.example');
});
