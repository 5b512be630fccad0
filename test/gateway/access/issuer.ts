// An issuer of tokens: its keys over HTTP, and tokens signed by them.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

type Pair = Awaited<ReturnType<typeof generateKeyPair>> & { kid: string; alg: string };

export interface TestIssuer {
  readonly url: string;
  /** How often its keys were asked for. */
  readonly fetched: number;
  /** Signs from now on by a new key, beside which the old ones are shown no more. */
  rotate(): Promise<void>;
  sign(claims?: JWTPayload & { exp?: number }): Promise<string>;
  publicKey(): Promise<object>;
  stop(): Promise<void>;
}

export async function startIssuer(alg = 'RS256'): Promise<TestIssuer> {
  let pair: Pair;
  let fetched = 0;
  let url = '';
  const rotate = async (): Promise<void> => {
    pair = { ...(await generateKeyPair(alg)), kid: `key-${Math.random()}`, alg };
  };
  await rotate();
  const publicKey = async () => ({ ...(await exportJWK(pair.publicKey)), kid: pair.kid, alg, use: 'sig' });
  const answer = async (path = ''): Promise<object> => {
    if (path === '/.well-known/openid-configuration') return { issuer: url, jwks_uri: `${url}/keys` };
    fetched++;
    return { keys: [await publicKey()] };
  };
  const server = createServer((request, response) => {
    void answer(request.url).then((body) => response.end(JSON.stringify(body)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    get fetched() {
      return fetched;
    },
    rotate,
    publicKey,
    sign: (claims = {}) =>
      new SignJWT({
        ...{ iss: url, aud: 'goalkeeper', sub: 'ada', exp: Math.floor(Date.now() / 1000) + 600 },
        ...claims,
      })
        .setProtectedHeader({ alg, kid: pair.kid })
        .sign(pair.privateKey),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close').catch(() => undefined);
    },
  };
}
