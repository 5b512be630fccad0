// Who a proxy says that it has signed in: by headers that count only of a proxy that is listed and knows the shared secret.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { type AccessFile, nameField, PROXY } from './access-file.ts';
import { isAmong, peerOf } from './peers.ts';
import type { Principal } from './principal.ts';
import { refused } from './refused.ts';

/** Null where no proxy says anything that counts: its headers are then as good as not there. */
export function principalOfProxy({ proxy, grants }: AccessFile, c: Context): Principal | null {
  const identity = proxy?.identity;
  if (proxy === undefined || identity === undefined || !isAmong(peerOf(c), proxy.peers)) return null;
  const { userHeader, groupsHeader, secretHeader, sha256 } = identity;
  const said = c.req.header(userHeader);
  const secret = c.req.header(secretHeader);
  if (said === undefined || secret === undefined || !isSecret(secret, sha256)) return null;
  const name = nameField.safeParse(said).data;
  if (name === undefined) throw refused(`The proxy names nobody: ${userHeader} is not a name.`);
  const groups = (c.req.header(groupsHeader) ?? '').split(',').map((group) => group.trim());
  return {
    ...{ kind: 'person', name, how: 'proxy', verified: true },
    grants: grants.filter(({ group, issuer }) => groups.includes(group) && (issuer ?? PROXY) === PROXY),
  };
}

const isSecret = (secret: string, sha256: string): boolean =>
  timingSafeEqual(createHash('sha256').update(secret).digest(), Buffer.from(sha256, 'hex'));
