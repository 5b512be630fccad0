// The route of assistants.

import { z } from 'zod';
import { OWN_VERSION } from '../../process/own-version.ts';
import { readBytes } from '../http/read-body.ts';
import { route } from '../route-deps.ts';
import { answerMcp } from './mcp.ts';
import type { AskedOfApi } from './tools.ts';

const messageSchema = z.looseObject({ jsonrpc: z.literal('2.0') });

export const askMcp = route({
  method: 'POST',
  path: '/mcp',
  role: 'viewer',
  summary: 'Answers an assistant by the Model Context Protocol, with the roles and teams of the caller.',
  body: { mediaTypes: ['application/json'], description: 'a message of the protocol (JSON-RPC 2.0)' },
  answers: {
    200: { description: 'the answer', schema: messageSchema },
    202: { description: 'it was a notification', mediaType: null },
    400: {
      description: 'the message is not one of the protocol, or of a revision that is not known',
      schema: messageSchema,
    },
    404: { description: 'there is no such method', schema: messageSchema },
  },
  async handle({ c }, { mcpWrites, askAs, publicUrl }) {
    const { url, headers } = c.req.raw;
    const request = new Request(url, { method: 'POST', headers, body: await readBytes(c) });
    const { origin } = publicUrl ?? new URL(url);
    const ask = (asked: AskedOfApi) => askAs(c, asked);
    return answerMcp(request, { version: OWN_VERSION, writes: mcpWrites, origin, ask });
  },
});
