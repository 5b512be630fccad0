/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// Serves the pages: the addresses of the API, for who asks for HTML. Whoever asks for anything else gets what the API answers.

import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Attention } from '../../goals/wire/attention.ts';
import { wantsHtml } from '../http/wants-html.ts';
import { actionAt } from './actions/actions.ts';
import { doneSentence } from './actions/done.ts';
import { formOf } from './actions/sent-form.ts';
import { type ActionPlace, actionPage, doAction } from './actions/serve-action.tsx';
import { type Ask, asked, pathWith, RefusedAnswer, refusalIn, type SendToApi } from './asking.ts';
import { assetResponse } from './assets.ts';
import { listStream } from './list-stream.ts';
import { nearThings } from './near.tsx';
import { type FoundPage, pageAt } from './pages.ts';
import type { PageReader } from './reader.ts';
import { refusedPage } from './refused-page.tsx';
import { type Around, Shell, type ShownPage } from './shell.tsx';
import { zoneOf } from './times.ts';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  // Another site hears nothing; a form of ours says where it comes from, without which it is not taken.
  'referrer-policy': 'same-origin',
  'cache-control': 'private, no-cache',
  vary: 'Accept, Cookie',
};

/** What a refusal says to whoever asks, beside its body. */
const OF_REFUSALS = ['allow', 'retry-after', 'www-authenticate'];

/** Parameters of the view, which the API does not have. */
const OF_VIEW = ['tz', 'step', 'done'];

export interface AskedByPage {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
  headers?: Record<string, string>;
}

export interface PageServing {
  /** Asks the API as the caller of a request. */
  askAs(c: Context, asked: AskedByPage): Promise<Response>;
  /** Who reads. */
  readerOf(c: Context): Promise<PageReader>;
  /** Whether people can sign in with a browser. */
  signsIn(): boolean;
  /** The address of the gateway as browsers have it, where it is configured. */
  publicUrl: URL | null;
  /** The problem that an error is, a bug of a page included; the log has it. */
  failed(error: unknown, path: string): Response;
}

/** Answers with a page where a page is asked for and there is one; and does what a form of a page says. */
export const servePages =
  (serving: PageServing): MiddlewareHandler =>
  async (c, next) => {
    const { method, path } = c.req;
    const isHtml = wantsHtml(c.req.header('accept'));
    if (method === 'POST') {
      const form = isHtml && actionAt(path) !== null ? await formOf(c) : null;
      return form === null ? next() : answered(c, serving, pageOfAction(c, serving, form));
    }
    if (method !== 'GET') return next();
    const asset = assetResponse(path);
    if (asset !== null) return asset;
    const found = pageAt(path) ?? pageOfAction(c, serving, null);
    if (found === null) {
      await next();
      if (isHtml) await asPage(c, serving);
      return;
    }
    if (isHtml) return answered(c, serving, found);
    await next();
    c.res.headers.append('vary', 'Accept');
  };

const PROBLEM = /^application\/problem\+json/;

/** A problem that a browser gets at an address without a page is a page as well. */
async function asPage(c: Context, serving: PageServing): Promise<void> {
  const { res } = c;
  if (!PROBLEM.test(res.headers.get('content-type') ?? '')) return;
  const query = Object.keys(c.req.query());
  const page = await answered(c, serving, {
    ...{ screen: '/docs', query, show: () => asked(async () => res, c.req.path) },
  });
  c.res = undefined;
  c.res = page ?? res;
}

/** The address of the gateway as browsers have it. */
const originOf = (c: Context, { publicUrl }: PageServing): string => (publicUrl ?? new URL(c.req.url)).origin;

/** The page of an action, or what came of its form; null where there is no such action. */
function pageOfAction(c: Context, serving: PageServing, form: URLSearchParams | null): FoundPage | null {
  const action = actionAt(c.req.path);
  if (action === null) return null;
  const origin = originOf(c, serving);
  const send: SendToApi = (path, body, headers = {}) =>
    serving.askAs(c, { method: 'POST', path, body, headers });
  return {
    screen: '/runs',
    query: action.query,
    async show(ask, query, clock, reader) {
      const place: ActionPlace = { path: c.req.path, origin, reader };
      const opened = await action.open({ ask, reader, clock, query });
      return form === null ? actionPage(opened, place) : doAction(opened, place, form, send);
    },
  };
}

async function answered(c: Context, serving: PageServing, found: FoundPage | null): Promise<Response> {
  if (found === null) return c.notFound();
  const params = c.req.query();
  const known = new Set([...found.query, ...OF_VIEW]);
  const query = Object.fromEntries(found.query.map((name) => [name, params[name] || undefined]));
  const ask: Ask = (path) => serving.askAs(c, { method: 'GET', path });
  const around: Seen = {
    ...aroundOf(
      c,
      params,
      Object.keys(params).filter((name) => !known.has(name)),
    ),
    counted: countOf(ask),
  };
  try {
    const reader = await serving.readerOf(c);
    const page = await found.show(
      ask,
      { ...query, step: params.step },
      around.clock,
      reader,
      originOf(c, serving),
    );
    if (typeof page === 'string') return c.redirect(page, 303);
    const live = page.live ?? (page.status === undefined ? listStream(c.req.path, query) : undefined);
    return await answer({ ...page, live }, around);
  } catch (error) {
    const { refusal } =
      error instanceof RefusedAnswer
        ? error
        : { refusal: await refusalIn(serving.failed(error, c.req.path)) };
    if (refusal.status === 401 && serving.signsIn())
      return c.redirect(
        pathWith('/sign-in', { returnTo: new URL(c.req.url).pathname + new URL(c.req.url).search }),
        c.req.method === 'GET' ? 302 : 303,
      );
    const near = refusal.status === 404 ? await nearThings(ask, c.req.path, refusal) : [];
    const page = await answer(refusedPage(refusal, found.screen, near), around);
    for (const name of OF_REFUSALS) {
      const said = refusal.headers.get(name);
      if (said !== null) page.headers.set(name, said);
    }
    return page;
  }
}

/** What is around a page, of which the count may still be asked for. */
interface Seen extends Omit<Around, 'attention'> {
  counted: Promise<number | null>;
}

/** A page does not wait longer for what stands around it. */
const COUNT_MS = 300;

/** How many things need a person; null where nobody can say. */
async function countOf(ask: Ask): Promise<number | null> {
  try {
    return (await asked<Attention>(ask, '/attention')).count;
  } catch {
    return null;
  }
}

const inTime = (counted: Promise<number | null>): Promise<number | null> =>
  Promise.race([counted, new Promise<null>((resolve) => setTimeout(resolve, COUNT_MS, null))]);

function aroundOf(c: Context, params: Record<string, string>, unknown: string[]): Omit<Around, 'attention'> {
  const own = zoneOf(getCookie(c, 'gk-tz'));
  const theme = getCookie(c, 'gk-theme');
  const path = c.req.path;
  return {
    clock: { now: Date.now(), zone: params.tz === undefined ? own : zoneOf(params.tz) },
    own,
    inZone: (zone) => pathWith(path, { ...params, done: undefined, tz: zone }),
    theme: theme === 'light' || theme === 'dark' ? theme : null,
    unknown,
    done: doneSentence(params.done),
  };
}

async function answer(page: ShownPage, { counted, ...seen }: Seen): Promise<Response> {
  const around = { ...seen, attention: await inTime(counted) };
  const html = await (<Shell page={page} around={around} />);
  return new Response(`<!doctype html>${html}`, { status: page.status ?? 200, headers: HEADERS });
}
