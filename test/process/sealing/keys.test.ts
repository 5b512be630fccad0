import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readKeyFile } from '../../../process/sealing/key-file.ts';
import { sealOf } from '../../../process/sealing/seal-payload.ts';
import { openAll, type Sealing, sealAll } from '../../../process/sealing/sealing.ts';
import { sealingFrom } from '../../../process/sealing/watched-keys.ts';

const key = (): string => randomBytes(32).toString('base64');
const payload = defaultPayloadConverter.toPayload('a value') as Payload;
const sealsBy = async (sealing: Sealing): Promise<string | undefined> => {
  const [sealed] = await sealAll(sealing, 'shop', [payload]);
  return sealed && sealOf(sealed)?.id;
};

async function keyFile(keys: unknown): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'gk-keys-')), 'keys.json');
  await writeFile(path, typeof keys === 'string' ? keys : JSON.stringify(keys));
  return path;
}

test.each<[string, unknown, RegExp]>([
  ['what is no JSON', '{', /^it is not JSON$/],
  ['no list', { id: 'k1' }, /list of 1 to 100 keys/],
  ['no key at all', [], /list of 1 to 100 keys/],
  ['an ID with a space', [{ id: 'k 1', key: key() }], /^0\.id is not an ID/],
  ['a key that is too short', [{ id: 'k1', key: 'c2hvcnQ=' }], /^0\.key is not 32 bytes in base64/],
  ['neither key nor kms', [{ id: 'k1' }], /^0\.key or kms/],
  ['both', [{ id: 'k1', key: key(), kms: 'https://kms.example/' }], /^0\.key or kms/],
  ['an unknown field', [{ id: 'k1', key: key(), form: 'x' }], /^0\.form is not a known field/],
  ['a time that is none', [{ id: 'k1', key: key(), from: 'soon' }], /^0\.from is not a time/],
  ['a service without TLS', [{ id: 'k1', kms: 'http://kms.example/' }], /^0\.kms is not an https/],
  [
    'one ID twice',
    [
      { id: 'k1', key: key() },
      { id: 'k1', key: key() },
    ],
    /^the ID k1 stands there twice/,
  ],
])('refuses %s, and quotes no key', async (_, keys, message) => {
  const error = (await readKeyFile(await keyFile(keys)).catch((thrown: unknown) => thrown)) as Error;
  expect(error.message).toMatch(message);
  expect(error.message).not.toMatch(/[A-Za-z0-9+/]{40}/);
});

test('keys are read anew when the file changes, and a broken file changes nothing and is said', async () => {
  const [first, second] = [
    { id: 'k1', key: key() },
    { id: 'k2', key: key() },
  ];
  const path = await keyFile([first]);
  const said: string[] = [];
  const log = {
    info: (_: object, text: string) => said.push(text),
    error: (_: object, text: string) => said.push(text),
  };
  const sealing = await sealingFrom({ GOALKEEPER_KEYS: path }, log, { lookMs: 10 });
  onTestFinished(() => sealing.stop());
  const [before] = await sealAll(sealing, 'shop', [payload]);
  await writeFile(path, JSON.stringify([first, second]));
  await vi.waitFor(async () => expect(await sealsBy(sealing)).toBe('k2'));
  await writeFile(path, 'not any more');
  await vi.waitFor(() => expect(said).toContainEqual(expect.stringContaining('broken')));
  expect(await sealsBy(sealing)).toBe('k2');
  expect(await openAll(sealing, 'shop', [before as Payload])).toEqual([payload]);
});

test('a key with which another process seals already is found before the file is looked at the next time', async () => {
  const [k1, k2] = [
    { id: 'k1', key: key() },
    { id: 'k2', key: key() },
  ];
  const path = await keyFile([k1]);
  const log = { info: vi.fn(), error: vi.fn() };
  const [late, early] = [
    await sealingFrom({ GOALKEEPER_KEYS: path }, log, { lookMs: 3_600_000, unopened: () => undefined }),
    await sealingFrom({ GOALKEEPER_KEYS: await keyFile([k1, k2]) }, log),
  ];
  onTestFinished(() => [late, early].forEach((sealing) => void sealing.stop()));
  const sealed = await sealAll(early, 'shop', [payload]);
  const read = async () =>
    defaultPayloadConverter.fromPayload((await openAll(late, 'shop', sealed))[0] as Payload);
  expect(await read()).toEqual({ $encrypted: 'k2' });
  await writeFile(path, JSON.stringify([k1, k2]));
  expect(await read()).toBe('a value');
});

test('a process does not start by a file that is broken, or of which no key seals yet', async () => {
  const log = { info: () => undefined, error: () => undefined };
  const start = async (keys: unknown) => sealingFrom({ GOALKEEPER_KEYS: await keyFile(keys) }, log);
  await expect(start('{')).rejects.toMatchObject({ code: 'keys_invalid' });
  await expect(start([{ id: 'k1', key: key(), from: '2999-01-01' }])).rejects.toMatchObject({
    code: 'keys_invalid',
  });
});

/** A service that keeps a key and wraps data keys by it. */
async function keyService(token: string) {
  const own = randomBytes(32);
  const asked: string[] = [];
  let isDown = false;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text) as { wrap?: string; unwrap?: string };
    const isKnown = request.headers.authorization === `Bearer ${token}`;
    asked.push(Object.keys(body)[0] ?? '');
    if (isDown || !isKnown) return response.writeHead(isDown ? 503 : 403).end();
    const wrapping = (cipher: ReturnType<typeof createCipheriv>, bytes: string): string =>
      Buffer.concat([cipher.update(Buffer.from(bytes, 'base64')), cipher.final()]).toString('base64');
    const iv = Buffer.alloc(8, 0xa6);
    const answer =
      body.wrap === undefined
        ? { key: wrapping(createDecipheriv('id-aes256-wrap', own, iv) as never, body.unwrap ?? '') }
        : { wrapped: wrapping(createCipheriv('id-aes256-wrap', own, iv) as never, body.wrap) };
    return response.end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    goDown(down: boolean) {
      isDown = down;
    },
  };
}

test('a key that a service keeps wraps a data key once an hour, and another process unwraps it once', async () => {
  const service = await keyService('a token');
  const path = await keyFile([{ id: 'k1', kms: service.url, tokenFile: 'token' }]);
  await writeFile(join(path, '..', 'token'), 'a token\n');
  const log = { info: () => undefined, error: () => undefined };
  const start = async (): Promise<Sealing> => {
    const sealing = await sealingFrom({ GOALKEEPER_KEYS: path }, log);
    onTestFinished(() => sealing.stop());
    return sealing;
  };
  const [one, other] = [await start(), await start()];
  const sealed = await sealAll(one, 'shop', [payload, payload]);
  sealed.push(...(await sealAll(one, 'shop', [payload])));
  expect(service.asked).toEqual(['wrap']);
  expect(await openAll(other, 'shop', sealed)).toEqual([payload, payload, payload]);
  expect(service.asked).toEqual(['wrap', 'unwrap']);

  service.goDown(true);
  const third = await start();
  const down = { code: 'key_service_unavailable', message: expect.stringContaining('k1') };
  await expect(openAll(third, 'shop', sealed)).rejects.toMatchObject(down);
  await expect(sealAll(third, 'shop', [payload])).rejects.toMatchObject(down);
  service.goDown(false);
  expect(await openAll(third, 'shop', sealed)).toHaveLength(3);
  expect(await sealsBy(third)).toBe('k1');
});
