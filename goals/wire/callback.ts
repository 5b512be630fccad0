// What ties a callback to the one attempt that waits for it. The token is `claims.signature`, both base64url: the claims
// as JSON, and their HMAC-SHA-256 by a secret that workers and gateways share.

import { z } from 'zod';
import { reportedErrorSchema } from './error-envelope.ts';

export const callbackClaimsSchema = z.object({
  v: z.literal(1),
  namespace: z.string(),
  run: z.string(),
  execution: z.string(),
  step: z.string(),
  /** Which attempt of the server's made it. */
  attempt: z.int(),
  /** Known to that attempt alone. */
  nonce: z.string(),
  /** In milliseconds since 1970: from then on it is good for nothing. */
  expires: z.number(),
});
export type CallbackClaims = z.infer<typeof callbackClaimsSchema>;

/** Variable of workers and gateways: what tokens are signed with. */
export const CALLBACK_SECRET = 'GOALKEEPER_CALLBACK_SECRET';

/** A shorter secret could be guessed. */
export const CALLBACK_SECRET_LENGTH = 32;

/** Where the gateway takes callbacks. */
export const CALLBACKS_PATH = '/callbacks';

/** What a callback tells: the output, or the error that the attempt ended with. */
export const callbackBodySchema = z.union([
  z.strictObject({
    goalkeeper: z.literal(1).optional(),
    output: z.custom<unknown>((output) => output !== undefined, 'is missing'),
  }),
  z.strictObject({ goalkeeper: z.literal(1), error: reportedErrorSchema }),
]);
export type CallbackBody = z.infer<typeof callbackBodySchema>;
