// The routes by which people sign in with a browser, and out.

import { z } from 'zod';
import { CALLBACK_PATH } from './access/sign-in.ts';
import { route } from './route-deps.ts';

export const beginSignIn = route({
  method: 'GET',
  path: '/sign-in',
  role: 'open',
  summary: 'Sends a browser to the issuer that signs people in.',
  query: z.strictObject({
    returnTo: z
      .string()
      .max(2_000)
      .regex(/^\/(?:[^/\\\s]\S*)?$/, 'not a path of this gateway')
      .default('/')
      .describe('path of the gateway to come back to; default: `/`'),
  }),
  answers: { 302: { description: 'to the issuer', mediaType: null } },
  problems: ['sign_in_unconfigured', 'issuer_unavailable'],
  handle: async ({ query: { returnTo }, c }, { signIn }) =>
    c.redirect((await signIn.begin(c, returnTo)).href, 302),
});

export const finishSignIn = route({
  method: 'GET',
  path: CALLBACK_PATH,
  role: 'open',
  summary: 'Takes what the issuer gave to the browser, and gives it a session.',
  query: 'ignored',
  answers: { 303: { description: 'to where the browser wanted to go', mediaType: null } },
  problems: ['sign_in_unconfigured', 'sign_in_failed', 'issuer_unavailable', 'credentials_invalid'],
  handle: async ({ c }, { signIn }) => c.redirect(await signIn.finish(c), 303),
});

export const signOut = route({
  method: 'POST',
  path: '/sign-out',
  role: 'open',
  summary: 'Ends the session of a browser.',
  answers: {
    200: {
      description: '`issuer`: where its own session can be ended, or null',
      schema: z.object({ issuer: z.string().nullable() }),
    },
  },
  problems: ['sign_in_unconfigured'],
  handle: async ({ c }, { signIn }) => c.json({ issuer: (await signIn.end(c))?.href ?? null }),
});
