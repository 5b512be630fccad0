// A real issuer of OpenID (oidc-provider), at which anybody signs in with any password.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export const CLIENT_SECRET = 'a secret of the client';

export interface OpenIdProvider {
  issuer: string;
  stop(): void;
}

/** `publicUrl`: of the gateway that people sign in for; `groupsOf`: those of whoever signs in. */
export async function startOpenIdProvider(
  publicUrl: string,
  groupsOf: (name: string) => readonly string[],
): Promise<OpenIdProvider> {
  let handle: RequestListener = () => undefined;
  const server = createServer((request, response) => handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        ...{ client_id: 'goals', client_secret: CLIENT_SECRET, grant_types: ['authorization_code'] },
        ...{ redirect_uris: [`${publicUrl}/sign-in/callback`], response_types: ['code'] },
      },
    ],
    cookies: { keys: ['a key'] },
    scopes: ['openid', 'groups'],
    claims: { openid: ['sub'], groups: ['groups'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, groups: groupsOf(id) }),
    }),
  });
  handle = provider.callback();
  return {
    issuer,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
