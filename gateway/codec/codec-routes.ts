// The codec endpoint: Temporal's own web UI and command line send it what is sealed, and show what it answers. A sealed payload does
// not say whose it is, so it is opened to whoever may see values of every team.

import type { Payload } from '@temporalio/common';
import type { Context } from 'hono';
import { z } from 'zod';
import { verifiedMark } from '../../goals/wire/actor.ts';
import { openAll, type Sealing, sealAll } from '../../process/sealing/sealing.ts';
import { roleMissing } from '../access/admission.ts';
import { Problem } from '../http/problems.ts';
import { readBody } from '../http/read-body.ts';
import type { Caller } from '../http/route.ts';
import { type RouteDeps, route } from '../route-deps.ts';

const MOST_PAYLOADS = 10_000;

/** Payloads as protobuf writes them in JSON. */
const payloadsSchema = z.object({
  payloads: z
    .array(
      z.object({
        metadata: z.record(z.string(), z.base64()).optional(),
        data: z.base64().optional(),
      }),
    )
    .max(MOST_PAYLOADS)
    .describe('payloads, with `metadata` and `data` in base64'),
});

type Written = z.infer<typeof payloadsSchema>['payloads'][number];

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const mapped = <From, To>(of: Record<string, From>, to: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, to(value)]));

const read = ({ metadata = {}, data }: Written): Payload => ({
  metadata: mapped(metadata, bytesOf),
  ...(data === undefined ? {} : { data: bytesOf(data) }),
});

const written = ({ metadata, data }: Payload): Written => ({
  metadata: mapped(metadata ?? {}, textOf),
  ...(data ? { data: textOf(data) } : {}),
});

/** A `Problem` where who asks may not see what every team has sealed, or asks for another namespace. */
function admit({ temporal, principal, reveals }: RouteDeps, namespace: string | undefined): void {
  // Temporal's command line sends an empty one where none was asked for.
  if (namespace && namespace !== temporal.namespace)
    throw new Problem('namespace_unknown', 'This gateway serves another namespace, and has its keys.');
  if (!reveals('all')) throw roleMissing(principal, 'that may see the values of all teams');
}

type Change = (sealing: Sealing, namespace: string, payloads: Payload[]) => Promise<Payload[]>;

const facts = {
  method: 'POST',
  role: 'viewer',
  // Nothing is read for who may not ask.
  body: {
    mediaTypes: ['application/json'],
    description: '`{ "payloads": [ … ] }`, as protobuf writes them in JSON',
    like: { 'application/json': payloadsSchema },
  },
  answers: { 200: { description: '`payloads`, in the same order', schema: payloadsSchema } },
  problems: ['namespace_unknown'],
} as const;

interface Asked {
  c: Context;
  caller: Caller;
}

const answering =
  (action: string, change: Change) =>
  async ({ c, caller }: Asked, deps: RouteDeps): Promise<Response> => {
    admit(deps, c.req.header('x-namespace'));
    const { payloads } = await readBody(c, payloadsSchema);
    const { temporal, log } = deps;
    const changed = await change(temporal.sealing, temporal.namespace, payloads.map(read));
    const who = { by: caller.name, ...verifiedMark(caller) };
    log.info({ audit: true, action, ...who, payloads: payloads.length }, 'the codec endpoint was asked');
    return c.json({ payloads: changed.map(written) });
  };

export const decodePayloads = route({
  ...facts,
  path: '/codec/decode',
  summary: "Opens sealed payloads, for Temporal's own web UI and command line.",
  handle: answering('codec.decode', openAll),
});

export const encodePayloads = route({
  ...facts,
  path: '/codec/encode',
  summary: "Seals payloads, for Temporal's own web UI and command line.",
  handle: answering('codec.encode', sealAll),
});
