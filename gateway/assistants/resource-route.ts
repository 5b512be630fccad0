// The route by which a client of /mcp learns where it gets a token (RFC 9728).

import { z } from 'zod';
import { Problem } from '../http/problems.ts';
import { route } from '../route-deps.ts';

/** Where the metadata of /mcp is: the path that the RFC makes of its address. */
export const RESOURCE_PATH = '/.well-known/oauth-protected-resource/mcp';

const metadataSchema = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()),
  bearer_methods_supported: z.array(z.string()),
  resource_name: z.string(),
});

export const showResource = route({
  method: 'GET',
  path: RESOURCE_PATH,
  role: 'open',
  summary: 'Says which issuers give tokens for /mcp (RFC 9728).',
  answers: { 200: { description: 'the metadata', schema: metadataSchema } },
  problems: ['issuers_absent'],
  handle({ c }, { access, publicUrl }) {
    const issuers = access?.current().file.issuers ?? [];
    if (issuers.length === 0 || publicUrl === null)
      throw new Problem(
        'issuers_absent',
        'The gateway takes no tokens of an issuer here: it has none, or no public address.',
      );
    return c.json({
      resource: new URL('/mcp', publicUrl).href,
      authorization_servers: issuers.map(({ issuer }) => issuer),
      bearer_methods_supported: ['header'],
      resource_name: 'goalkeeper',
    });
  },
});
