// Signing in by OpenID Connect: the code flow, with PKCE, state and nonce. What has to be remembered between its two requests is in
// a sealed cookie, so that another gateway may finish what one has begun.

import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { LRUCache } from 'lru-cache';
import * as openid from 'openid-client';
import type { Logger } from 'pino';
import { z } from 'zod';
import { Problem } from '../http/problems.ts';
import { type AccessFile, nameField } from './access-file.ts';
import { claimAt, groupsIn } from './claims.ts';
import { seal, unseal } from './sealed.ts';
import { beginSession, cookieOptions, SESSION_COOKIE } from './sessions.ts';
import type { Access, WatchedAccess } from './watched-access.ts';

export const CALLBACK_PATH = '/sign-in/callback';
const FLOW_COOKIE = '__Host-gk-sign-in';
const PURPOSE = 'sign-in';
/** So long a person may take at the issuer. */
const FLOW_S = 600;
const TIMEOUT_S = 5;
const DISCOVERED_MS = 10 * 60_000;
const SKEW_S = 30;

const flowSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
});

export interface SignIn {
  /** Where the person signs in; then the browser comes back to `CALLBACK_PATH`. */
  begin(c: Context, returnTo: string): Promise<URL>;
  /** Gives the browser a session: where it wanted to go. */
  finish(c: Context): Promise<string>;
  /** Takes the session away: where the issuer's own session can be ended, if it says. */
  end(c: Context): Promise<URL | null>;
}

interface Configured {
  access: Access;
  settings: NonNullable<AccessFile['signIn']>;
  publicUrl: URL;
}

export function signInBy(watched: WatchedAccess | null, publicUrl: URL | null, log: Logger): SignIn {
  const known = new LRUCache<string, openid.Configuration>({ max: 10, ttl: DISCOVERED_MS });

  function configured(): Configured {
    const access = watched?.current();
    const settings = access?.file.signIn;
    if (access !== undefined && settings !== undefined && publicUrl !== null)
      return { access, settings, publicUrl };
    const missing =
      settings === undefined ? 'its access file has no signIn' : 'GOALKEEPER_PUBLIC_URL is not set';
    throw new Problem('sign_in_unconfigured', `Nobody can sign in at this gateway: ${missing}.`);
  }

  async function discovered({ access, settings }: Configured): Promise<openid.Configuration> {
    const { issuer, clientId } = settings;
    const key = JSON.stringify([issuer, clientId, access.clientSecret]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const execute = new URL(issuer).protocol === 'http:' ? [openid.allowInsecureRequests] : [];
    const secret = access.clientSecret ?? undefined;
    try {
      const found = await openid.discovery(
        new URL(issuer),
        clientId,
        { [openid.clockTolerance]: SKEW_S, ...(secret === undefined ? {} : { client_secret: secret }) },
        secret === undefined ? openid.None() : undefined,
        { execute: [...execute, openid.enableNonRepudiationChecks], timeout: TIMEOUT_S },
      );
      known.set(key, found);
      return found;
    } catch (error) {
      throw unavailable(issuer, error);
    }
  }

  function unavailable(issuer: string, error: unknown): Problem {
    log.warn({ issuer, reason: (error as Error).message }, 'the issuer that signs people in does not answer');
    return new Problem('issuer_unavailable', 'The issuer that signs people in does not answer.', {
      headers: { 'retry-after': '30' },
    });
  }

  return {
    async begin(c, returnTo) {
      const found = configured();
      const { access, settings, publicUrl } = found;
      const config = await discovered(found);
      const flow = {
        state: openid.randomState(),
        nonce: openid.randomNonce(),
        verifier: openid.randomPKCECodeVerifier(),
        returnTo: pathOfOurs(returnTo, publicUrl),
      };
      setCookie(c, FLOW_COOKIE, await seal(access.sessionKeys, PURPOSE, flow, FLOW_S), {
        ...cookieOptions,
        maxAge: FLOW_S,
      });
      return openid.buildAuthorizationUrl(config, {
        redirect_uri: new URL(CALLBACK_PATH, publicUrl).href,
        scope: settings.scope,
        code_challenge: await openid.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
        ...{ state: flow.state, nonce: flow.nonce },
      });
    },

    async finish(c) {
      const found = configured();
      const { access, settings, publicUrl } = found;
      const sealed = getCookie(c, FLOW_COOKIE) ?? '';
      deleteCookie(c, FLOW_COOKIE, cookieOptions);
      const flow = flowSchema.safeParse(await unseal(access.sessionKeys, PURPOSE, sealed)).data;
      if (flow === undefined)
        throw new Problem(
          'sign_in_failed',
          'This browser did not begin to sign in, or took more than ten minutes.',
        );
      const config = await discovered(found);
      const asked = new URL(c.req.url);
      const claims = await grantedClaims(config, new URL(asked.pathname + asked.search, publicUrl), flow);
      const name = nameField.safeParse(claimAt(claims, settings.nameClaim)).data;
      if (name === undefined)
        throw new Problem(
          'sign_in_failed',
          `The issuer names nobody: its claim ${settings.nameClaim} is not a name.`,
        );
      const named = new Set(access.file.grants.map(({ group }) => group));
      const groups = groupsIn(claimAt(claims, settings.groupsClaim)).filter((group) => named.has(group));
      await beginSession(c, access, { name, issuer: settings.issuer, groups });
      log.info({ name, how: 'session' }, 'a person signed in');
      return flow.returnTo;
    },

    async end(c) {
      deleteCookie(c, SESSION_COOKIE, cookieOptions);
      const found = configured();
      const config = await discovered(found).catch(() => null);
      if (config?.serverMetadata().end_session_endpoint === undefined) return null;
      return openid.buildEndSessionUrl(config, { post_logout_redirect_uri: found.publicUrl.origin });
    },
  };

  async function grantedClaims(
    config: openid.Configuration,
    url: URL,
    { state, nonce, verifier }: z.infer<typeof flowSchema>,
  ): Promise<Record<string, unknown>> {
    try {
      const tokens = await openid.authorizationCodeGrant(config, url, {
        ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
      });
      const claims = tokens.claims();
      if (claims !== undefined) return claims;
    } catch (error) {
      const isAnswer =
        error instanceof openid.AuthorizationResponseError || error instanceof openid.ResponseBodyError;
      if (!isAnswer && !(error instanceof openid.ClientError)) throw error;
      if (error instanceof openid.ClientError && isOfNetwork(error))
        throw unavailable(config.serverMetadata().issuer, error);
      // What it says may hold a code or a token.
      log.warn({ code: isAnswer ? error.error : error.code }, 'a person could not be signed in');
    }
    throw new Problem('sign_in_failed', 'The issuer did not sign this browser in. Begin again.');
  }
}

const isOfNetwork = ({ cause, code }: openid.ClientError): boolean =>
  code === 'OAUTH_TIMEOUT' || (cause instanceof TypeError && cause.message === 'fetch failed');

/** A path of the gateway's own, wherever the browser shall go; a `Problem` for any other address. */
function pathOfOurs(returnTo: string, publicUrl: URL): string {
  const url = URL.canParse(returnTo, publicUrl.origin) ? new URL(returnTo, publicUrl.origin) : null;
  if (/^\/(?![/\\])/.test(returnTo) && url?.origin === publicUrl.origin)
    return url.pathname + url.search + url.hash;
  throw refusedPath();
}

const refusedPath = (): Problem =>
  new Problem('query_invalid', "The parameter 'returnTo' is not a path of this gateway.", {
    members: { parameter: 'returnTo' },
  });
