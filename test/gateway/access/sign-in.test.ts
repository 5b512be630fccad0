// People sign in at a real issuer (oidc-provider), with a browser that keeps cookies, at two gateways that share an access file.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { WatchedAccess } from '../../../gateway/access/watched-access.ts';
import { createApp } from '../../../gateway/app.ts';
import { temporalAt } from '../../../gateway/temporal/temporal.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { silent } from '../workbench.ts';
import { CLIENT_SECRET, type OpenIdProvider, startOpenIdProvider } from './openid-provider.ts';
import { type AccessBench, accessBench } from './workbench.ts';

const PUBLIC = 'https://goals.example';
const [first, second] = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64'));

let provider: OpenIdProvider;
let issuer: string;
let files: AccessBench;
let watched: WatchedAccess[];
type App = ReturnType<typeof createApp>;
let one: App;
let other: App;
const temporal = temporalAt(temporalAddress, 'default');

const file = (changes: object = {}): object => ({
  signIn: {
    ...{ issuer, clientId: 'goals', clientSecretFile: 'client-secret', scope: 'openid groups' },
  },
  sessions: { keysFile: 'keys', hours: 1 },
  grants: [{ group: 'engineers', roles: ['operator'], teams: ['finance'] }],
  ...changes,
});

beforeAll(async () => {
  // The issuer warns of what only matters in earnest.
  for (const level of ['warn', 'info'] as const) vi.spyOn(console, level).mockImplementation(() => {});
  provider = await startOpenIdProvider(PUBLIC, () => ['engineers', 'others']);
  issuer = provider.issuer;
  files = accessBench({});
  files.put('client-secret', `${CLIENT_SECRET}\n`);
  files.put('keys', `${first}\n`);
  files.write(file());
  watched = await Promise.all([files.watch(20), files.watch(20)]);
  [one, other] = watched.map((access) =>
    createApp({
      ...{ access, temporal, alertsId: 'gk-alerts', callbackSecret: null, hooks: [], hosts: [] },
      ...{ publicUrl: new URL(PUBLIC), log: silent, stopping: new AbortController().signal },
      redact: (texts) => [...texts],
    }),
  ) as [App, App];
}, 60_000);
afterAll(async () => {
  vi.restoreAllMocks();
  for (const access of watched) access.stop();
  provider.stop();
  files.remove();
  await temporal.close();
});

/** A browser, as far as signing in needs one: it keeps the cookies of each host, and fills forms in. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();
  /** Of the latest answer of a gateway that set any. */
  setCookies: string[] = [];

  async ask(url: string | URL, init: RequestInit & { at?: App } = {}): Promise<Response> {
    const { at = one, ...rest } = init;
    const { host, origin, href } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    const headers = new Headers(rest.headers);
    headers.set('cookie', [...jar].map((pair) => pair.join('=')).join('; '));
    if (origin === PUBLIC) headers.set('host', host);
    const asked = { ...rest, headers, redirect: 'manual' as const };
    const answer = origin === PUBLIC ? await at.fetch(new Request(href, asked)) : await fetch(href, asked);
    const set = answer.headers.getSetCookie();
    if (origin === PUBLIC && set.length > 0) this.setCookies = set;
    for (const cookie of set) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '' || /max-age=0(;|$)/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  /** From the gateway through the issuer's forms: the address to which the issuer sends it back. */
  async reachCallback(begun: URL, name: string): Promise<URL> {
    let url = begun;
    for (let step = 0; step < 20; step++) {
      if (url.origin === PUBLIC) return url;
      let answer = await this.ask(url);
      if (answer.status === 200) {
        const page = await answer.text();
        const [, action = ''] = /action="([^"]+)"/.exec(page) ?? [];
        const hidden = [...page.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(
          ([, field = '', value = '']) => [field, value] as [string, string],
        );
        const body = new URLSearchParams([...hidden, ['login', name], ['password', 'any']]);
        answer = await this.ask(new URL(action, url), { method: 'POST', body });
      }
      url = new URL(answer.headers.get('location') ?? '', url);
    }
    throw new Error('the issuer sends the browser round and round');
  }

  async begin(returnTo = '/runs', at: App = one): Promise<URL> {
    const answer = await this.ask(`${PUBLIC}/sign-in?returnTo=${encodeURIComponent(returnTo)}`, { at });
    expect(answer.status).toBe(302);
    return new URL(answer.headers.get('location') ?? '');
  }

  /** Signs in: the answer that gives the session. */
  async signIn(name = 'ada', at: App = one): Promise<Response> {
    const callback = await this.reachCallback(await this.begin('/runs?state=open', at), name);
    return this.ask(callback, { at });
  }

  /** Whether a gateway knows who asks: then it says of such an ID that it cannot be one. */
  async isKnown(at: App = one): Promise<boolean> {
    const answer = await this.ask(`${PUBLIC}/runs/odd`, { at });
    expect([400, 401]).toContain(answer.status);
    return answer.status === 400;
  }
}

const bodyOf = async (answer: Response) => (await answer.json()) as Record<string, unknown>;
const problemOf = async (answer: Response): Promise<unknown> => (await bodyOf(answer)).code;
const act = {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'content-length': '22', origin: PUBLIC },
  body: '{"by":"somebody else"}',
};

/** A form as a browser sends it, but for the page that it says it is of. */
const ofForm = {
  method: 'POST',
  headers: {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': '8',
    accept: 'text/html',
  },
  body: 'reason=x',
};

describe('a person who signs in', () => {
  test('comes back to where it was, is known at every gateway, and has the roles of its groups', async () => {
    const browser = new Browser();
    expect(await browser.isKnown()).toBe(false);
    const answer = await browser.signIn();
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/runs?state=open']);
    const session = browser.setCookies.find((cookie) => cookie.startsWith('__Host-gk='));
    expect(session).toMatch(/; Path=\/.*; HttpOnly; Secure; SameSite=Lax/);
    expect(session).not.toContain('ada');
    expect(await Promise.all([browser.isKnown(one), browser.isKnown(other)])).toEqual([true, true]);
    const refused = await (await browser.ask(`${PUBLIC}/runs/a:b/cancel`, act)).json();
    expect(refused).toMatchObject({ code: 'actor_differs', detail: expect.stringContaining('those of ada') });
  });

  test('is sent to the issuer from a page, to come back to it; a program is not', async () => {
    const page = `${PUBLIC}/runs?goal=load-day`;
    const sent = await new Browser().ask(page, { headers: { accept: 'text/html' } });
    expect([sent.status, sent.headers.get('location')]).toEqual([
      302,
      '/sign-in?returnTo=%2Fruns%3Fgoal%3Dload-day',
    ]);
    expect((await new Browser().ask(page)).status).toBe(401);
    // A form that is sent after the session is over leads back to its page.
    const form = { ...ofForm, headers: { ...ofForm.headers, origin: PUBLIC } };
    const late = await new Browser().ask(`${PUBLIC}/runs/a:b/cancel`, form);
    expect([late.status, late.headers.get('location')]).toEqual([
      303,
      '/sign-in?returnTo=%2Fruns%2Fa%3Ab%2Fcancel',
    ]);
  });

  test('may finish at another gateway than it began at', async () => {
    const browser = new Browser();
    const callback = await browser.reachCallback(await browser.begin(), 'bob');
    expect((await browser.ask(callback, { at: other })).status).toBe(303);
    expect(await browser.isKnown(one)).toBe(true);
  });

  test('goes out again', async () => {
    const browser = new Browser();
    await browser.signIn();
    const answer = await browser.ask(`${PUBLIC}/sign-out`, { method: 'POST', headers: { origin: PUBLIC } });
    expect((await bodyOf(answer)).issuer).toContain(`${issuer}/session/end`);
    expect(await browser.isKnown()).toBe(false);
  });

  test('writes from a page of the gateway only', async () => {
    const browser = new Browser();
    await browser.signIn();
    const { origin: _, ...headers } = act.headers;
    expect(await problemOf(await browser.ask(`${PUBLIC}/runs/a:b/cancel`, { ...act, headers }))).toBe(
      'cross_site',
    );
    const foreign = { ...headers, origin: 'https://evil.example' };
    expect(
      await problemOf(await browser.ask(`${PUBLIC}/runs/a:b/cancel`, { ...act, headers: foreign })),
    ).toBe('cross_site');
    const form = (origin: object) =>
      browser.ask(`${PUBLIC}/runs/a:b/cancel`, { ...ofForm, headers: { ...ofForm.headers, ...origin } });
    expect(await problemOf(await form({}))).toBe('cross_site');
    expect(await problemOf(await form({ origin: 'https://evil.example' }))).toBe('cross_site');
    const ours = await form({ origin: PUBLIC });
    // It is taken: what it is about is not there.
    expect([401, 403, 303]).not.toContain(ours.status);
    expect(ours.headers.get('content-type')).toMatch(/^text\/html/);
  });
});

describe('nobody is signed in', () => {
  test.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', 'runs'])(
    'to be sent to %s',
    async (returnTo) => {
      const path = `${PUBLIC}/sign-in?returnTo=${encodeURIComponent(returnTo)}`;
      expect(await problemOf(await new Browser().ask(path))).toBe('query_invalid');
    },
  );

  test('by what another browser was given, by another state, or by the same once more', async () => {
    const browser = new Browser();
    const callback = await browser.reachCallback(await browser.begin(), 'ada');
    const victim = new Browser();
    expect(await problemOf(await victim.ask(callback))).toBe('sign_in_failed');
    await victim.begin();
    expect(await problemOf(await victim.ask(callback))).toBe('sign_in_failed');
    expect((await browser.ask(callback)).status).toBe(303);
    expect(await problemOf(await browser.ask(callback))).toBe('sign_in_failed');
    expect(await victim.isKnown()).toBe(false);
  });

  test('by a cookie that no gateway made, or that was made for something else', async () => {
    const browser = new Browser();
    await browser.begin();
    const [flow = ''] = browser.setCookies.map(
      (cookie) => /^__Host-gk-sign-in=([^;]+)/.exec(cookie)?.[1] ?? '',
    );
    for (const value of [flow, 'odd', `${flow.slice(0, -4)}AAAA`]) {
      const headers = { host: 'goals.example', cookie: `__Host-gk=${value}` };
      const answer = await one.fetch(new Request(`${PUBLIC}/runs/odd`, { headers }));
      expect([answer.status, await problemOf(answer)]).toEqual([401, 'credentials_invalid']);
    }
  });
});

describe('sessions', () => {
  const everywhere = (browser: Browser) => Promise.all([browser.isKnown(one), browser.isKnown(other)]);

  test('outlive the change of keys, as long as the key that sealed them is there', async () => {
    const browser = new Browser();
    await browser.signIn();
    files.put('keys', `${second}\n${first}\n`);
    const later = new Browser();
    // What is sealed by the new key is known once both have read it.
    await expect
      .poll(async () => {
        await later.signIn();
        files.put('keys', `${second}\n${first}\n`);
        return everywhere(later);
      })
      .toEqual([true, true]);
    expect(await everywhere(browser)).toEqual([true, true]);
    files.put('keys', `${second}\n`);
    await expect.poll(() => everywhere(browser)).toEqual([false, false]);
    files.put('keys', `${first}\n${second}\n`);
    await expect.poll(() => everywhere(browser)).toEqual([true, true]);
  });

  test('end at once for a name that is revoked, and lose what a group may no more', async () => {
    const browser = new Browser();
    await browser.signIn();
    files.write(file({ revoked: [{ name: 'ada', before: new Date(Date.now() + 60_000).toISOString() }] }));
    await expect.poll(() => everywhere(browser)).toEqual([false, false]);
    files.write(file({ grants: [] }));
    const statusOf = async (at: App) => (await browser.ask(`${PUBLIC}/runs/odd`, { at })).status;
    await expect.poll(() => Promise.all([statusOf(one), statusOf(other)])).toEqual([403, 403]);
    files.write(file());
    await expect.poll(() => everywhere(browser)).toEqual([true, true]);
  });

  test('go on while the issuer is away, when nobody new can sign in', async () => {
    const browser = new Browser();
    await browser.signIn();
    files.write(file({ signIn: { issuer: 'http://127.0.0.1:1', clientId: 'goals' } }));
    const begin = () => new Browser().ask(`${PUBLIC}/sign-in`);
    await expect.poll(async () => (await begin()).status).toBe(503);
    expect(await problemOf(await begin())).toBe('issuer_unavailable');
    expect(await browser.isKnown()).toBe(true);
    files.write(file({ signIn: undefined }));
    await expect.poll(async () => problemOf(await begin())).toBe('sign_in_unconfigured');
  });
});
