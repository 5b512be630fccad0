// The route by which work that went on elsewhere reports how it ended.

import { callbackBodySchema } from '../../goals/wire/callback.ts';
import { Problem } from '../http/problems.ts';
import { readBody } from '../http/read-body.ts';
import { route } from '../route-deps.ts';
import { claimsOf, endByCallback } from './callbacks.ts';

export const receiveCallback = route({
  method: 'POST',
  path: '/callbacks/:token',
  role: 'open',
  summary: 'Reports how work that went on elsewhere ended; the token is good for one attempt, and once.',
  params: { token: 'the token that the header `Goalkeeper-Callback` gave, as a part of its address' },
  // Nothing is read for a token that is not ours.
  body: {
    mediaTypes: ['application/json'],
    description: '`{ "output": … }`, or `{ "goalkeeper": 1, "error": { "code": …, "message": … } }`',
    like: { 'application/json': callbackBodySchema },
  },
  answers: { 204: { description: 'the attempt has ended', mediaType: null } },
  problems: [
    ...(['callbacks_unconfigured', 'callback_forged', 'callback_expired', 'callback_spent'] as const),
    ...(['callback_early', 'output_too_large', 'output_invalid', 'goal_schema_unusable'] as const),
  ],
  async handle({ params, c }, deps) {
    if (deps.callbackSecret === null)
      throw new Problem('callbacks_unconfigured', 'Its GOALKEEPER_CALLBACK_SECRET is not set.');
    const claims = claimsOf(params.token, deps.callbackSecret, deps.temporal.namespace);
    const { error, problem } = await endByCallback(deps, claims, await readBody(c, callbackBodySchema));
    const { run, step } = claims;
    deps.log.info({ run, step, error: error?.code ?? null }, 'a callback told how an attempt ended');
    if (problem !== null) throw problem;
    return c.body(null, 204);
  },
});
