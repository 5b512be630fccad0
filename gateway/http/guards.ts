// Whose requests a gateway takes, whoever asks: of programs and pages of this machine, and of whoever asks for it by a name that
// its operator gave it (GOALKEEPER_HOSTS, GOALKEEPER_PUBLIC_URL). No page of another site writes.

import type { Context, MiddlewareHandler } from 'hono';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { Problem } from './problems.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i;

/** Whether a host name is one of this machine's own. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);

const withoutPort = (host: string): string => host.replace(/:\d{1,5}$/, '');

/** A page whose name was made to point here (DNS rebinding) still sends its own name. */
export const hostGuard =
  (hosts: readonly string[], publicUrl: URL | null): MiddlewareHandler =>
  async (c, next) => {
    const host = c.req.header('host') ?? '';
    const name = withoutPort(host);
    const isPublic = publicUrl !== null && name.toLowerCase() === publicUrl.hostname;
    if (!isLoopback(name) && !hosts.includes(name.toLowerCase()) && !isPublic)
      throw new Problem(
        'host_forbidden',
        `The request is for the host '${boundedText(host, 100)}'. Ask for localhost or 127.0.0.1.`,
      );
    return next();
  };

/** Browsers send any page's POST here; they also say whose page it is. */
export const originGuard =
  (publicUrl: URL | null, isExempt: (c: Context) => boolean = () => false): MiddlewareHandler =>
  async (c, next) => {
    const isWrite = c.req.method !== 'GET' && c.req.method !== 'HEAD';
    if (isWrite && !isExempt(c) && isForeign(c, publicUrl))
      throw new Problem('cross_site', 'The request comes from a page of another site.');
    return next();
  };

function isForeign(c: Context, publicUrl: URL | null): boolean {
  if (c.req.header('sec-fetch-site') === 'cross-site') return true;
  const origin = c.req.header('origin')?.toLowerCase();
  const host = (c.req.header('host') ?? '').toLowerCase();
  if (origin === undefined || origin === publicUrl?.origin) return false;
  // Under its public name it is reached by TLS alone, whatever reaches this process: a page without it is not ours.
  const isByTls = publicUrl?.protocol === 'https:' && withoutPort(host) === publicUrl.hostname;
  return isByTls || origin !== `http://${host}`;
}

/** On every answer: it is what it says it is, and of this moment. */
export function protect(response: Response): Response {
  response.headers.set('x-content-type-options', 'nosniff');
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
  return response;
}
