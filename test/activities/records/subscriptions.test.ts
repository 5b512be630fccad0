import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { knowOwnSecrets } from '../../../activities/own-secrets.ts';
import { webhookHeaders } from '../../../activities/post-signed.ts';
import {
  KEEPS_TRYING_MS,
  outcomeMessage,
  type Subscription,
  subscriptionSink,
} from '../../../activities/records/record-sink/subscription.ts';
import { subscriptionsFrom } from '../../../activities/records/subscriptions.ts';
import { redact } from '../../../activities/redact.ts';
import { cloudEventSchema } from '../../../goals/wire/events.ts';
import type { RunRecord } from '../../../goals/wire/run-record.ts';

const [old, fresh] = ['an old secret of some bytes', 'a fresh secret of some bytes'].map((text) =>
  Buffer.from(text).toString('base64'),
) as [string, string];
const billing = { name: 'billing', url: 'https://billing.example/x', secret: 'BILLING' };
const declared = (...list: object[]) => JSON.stringify(list);

describe('the subscriptions of an environment', () => {
  test('are those of the list, or of its file, with their secrets', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'subscriptions-')), 'list.json');
    writeFileSync(file, declared({ ...billing, goals: ['a'], outcomes: ['achieved'] }));
    expect(subscriptionsFrom({ GOALKEEPER_SUBSCRIPTIONS: file, BILLING: `whsec_${fresh} ${old}` })).toEqual([
      {
        ...{ name: 'billing', url: new URL(billing.url), format: 'standard-webhooks' },
        keys: [Buffer.from(fresh, 'base64'), Buffer.from(old, 'base64')],
        ...{ goals: ['a'], teams: null, outcomes: ['achieved'] },
      },
    ]);
    expect(subscriptionsFrom({})).toEqual([]);
  });

  test.each([
    ['{', 'neither a list in JSON nor the path'],
    [declared({ ...billing, urls: 1 }), 'Unrecognized key: "urls"'],
    [declared({ ...billing, url: 'ftp://x' }), 'is not an http or https URL'],
    [declared({ ...billing, url: 'https://me:secret@x.example' }), 'holds a user or password'],
    [declared({ ...billing, outcomes: ['late'] }), 'outcomes[0]'],
    [declared(billing, billing), "'billing' is declared twice"],
    [declared({ ...billing, secret: 'NONE' }), 'set NONE, or NONE_FILE'],
    [declared({ ...billing, secret: 'SHORT' }), "the secret of 'billing' in SHORT is not"],
  ])('are refused in words: %s', (given, said) => {
    const environment = { GOALKEEPER_SUBSCRIPTIONS: given, BILLING: fresh, SHORT: 'c2hvcnQ=' };
    expect(() => subscriptionsFrom(environment)).toThrow(said);
    expect(() => subscriptionsFrom(environment)).toThrow(
      expect.objectContaining({ code: 'subscriptions_invalid' }),
    );
  });

  test('in the guide are such', () => {
    const [, json = ''] =
      /```json\n([\s\S]*?)```/.exec(readFileSync('docs/guide/subscriptions.md', 'utf8')) ?? [];
    const found = subscriptionsFrom({ GOALKEEPER_SUBSCRIPTIONS: json, BILLING_SECRET: fresh });
    expect(found.map(({ name, format }) => [name, format])).toEqual([
      ['billing', 'standard-webhooks'],
      ['lake', 'cloudevents'],
    ]);
  });

  test('have secrets that no text of the worker holds', () => {
    knowOwnSecrets({ GOALKEEPER_SUBSCRIPTIONS: declared(billing), BILLING: `whsec_${fresh} ${old}` });
    expect(redact(`failed with ${fresh} and ${old}`)).not.toMatch(new RegExp(`${fresh}|${old}`));
  });
});

const run = { id: 'fares:a', execution: 'an-execution', goal: 'fares', closedAt: Date.UTC(2026, 10, 20) };
const record = (outcome: 'achieved' | 'failed', team = 'warehouse') =>
  ({ run: run.id, intention: { team }, outcome: { outcome } }) as unknown as RunRecord;

/** A receiver that answers with these, one after another and then the last, and what it was sent. */
async function receiver(...statuses: number[]) {
  const taken: { headers: Record<string, unknown>; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      taken.push({ headers: request.headers, body });
      response.writeHead(statuses.length > 1 ? (statuses.shift() as number) : (statuses[0] ?? 204)).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), taken };
}

const every: Omit<Subscription, 'url'> = {
  ...{ name: 'all', keys: [], goals: null, teams: null, outcomes: null, format: 'standard-webhooks' },
};
const signal = new AbortController().signal;

describe('a subscription', () => {
  test('gets the outcomes that it wants, and of other goals not even the record is made', async () => {
    const { url, taken } = await receiver(204);
    const sink = subscriptionSink({
      ...every,
      url,
      goals: ['fares'],
      teams: ['warehouse'],
      outcomes: ['failed'],
    });
    expect(await sink.has(run)).toBe(false);
    expect(await sink.has({ ...run, goal: 'other' })).toBe(true);
    expect(await sink.write(run, record('achieved'), signal)).toBe('kept');
    expect(await sink.write(run, record('failed', 'other'), signal)).toBe('kept');
    expect(taken).toEqual([]);
    expect(await sink.write(run, record('failed'), signal)).toBe('kept');
    expect(taken.map(({ headers, body }) => [headers['webhook-id'], JSON.parse(body).type])).toEqual([
      ['an-execution', 'run.failed'],
    ]);
  });

  test('is signed by the new secret and by the one before', async () => {
    const { url, taken } = await receiver(204);
    const keys = [fresh, old].map((secret) => Buffer.from(secret, 'base64'));
    await subscriptionSink({ ...every, url, keys }).write(run, record('achieved'), signal);
    const [{ headers, body }] = taken as [{ headers: Record<string, string>; body: string }];
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const by = (key: Buffer) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
    expect(headers['webhook-signature']).toBe(keys.map(by).join(' '));
    expect(webhookHeaders('id', new Date(), body, [])).not.toHaveProperty('webhook-signature');
  });

  test('may be a CloudEvent', async () => {
    const { body, contentType } = outcomeMessage({ format: 'cloudevents' }, run, record('achieved'));
    expect(contentType).toBe('application/cloudevents+json');
    expect(cloudEventSchema.parse(JSON.parse(body))).toMatchObject({
      ...{ id: 'an-execution', source: '/goals/fares', type: 'goalkeeper.run.achieved', subject: 'fares:a' },
      data: { run: 'fares:a' },
    });
  });

  test.each([410, 413, 422])('says with %i that it never takes this one', async (status) => {
    const { url } = await receiver(status);
    expect(await subscriptionSink({ ...every, url }).write(run, record('failed'), signal)).toBe('refused');
  });

  test('is tried again for three days, and keeps back no other outcome for longer', async () => {
    const { url } = await receiver(500);
    const at = (ms: number) => subscriptionSink({ ...every, url }, () => run.closedAt + ms);
    await expect(at(KEEPS_TRYING_MS).write(run, record('failed'), signal)).rejects.toThrow('answered 500');
    expect(await at(KEEPS_TRYING_MS + 1).write(run, record('failed'), signal)).toBe('refused');
    const nobody = new URL('http://127.0.0.1:1/');
    const away = (ms: number) => subscriptionSink({ ...every, url: nobody }, () => run.closedAt + ms);
    await expect(away(1).write(run, record('failed'), signal)).rejects.toThrow();
    expect(await away(KEEPS_TRYING_MS + 1).write(run, record('failed'), signal)).toBe('refused');
  });
});
