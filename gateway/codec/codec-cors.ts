// Pages of other sites that may ask the codec endpoint, and nothing else: those of Temporal's own web UI that the access file lists.

import type { MiddlewareHandler } from 'hono';
import type { WatchedAccess } from '../access/watched-access.ts';

const PATHS = /^\/codec\/(?:decode|encode)$/;
const ALLOWED = 'authorization, content-type, x-namespace';

/** Whether a request is one of a listed page to the codec endpoint, which may come from another site. */
export const isListed = (access: WatchedAccess | null, path: string, origin: string | undefined): boolean =>
  origin !== undefined &&
  PATHS.test(path) &&
  (access?.current().file.codec.origins.includes(origin) ?? false);

/** Answers a browser that asks beforehand, and says on answers that the page may read them. No cookie counts. */
export const codecCors =
  (access: WatchedAccess | null): MiddlewareHandler =>
  async (c, next) => {
    const origin = c.req.header('origin');
    if (!isListed(access, c.req.path, origin) || origin === undefined) return next();
    if (c.req.method === 'OPTIONS')
      return c.body(null, 204, {
        'access-control-allow-origin': origin,
        'access-control-allow-headers': ALLOWED,
        'access-control-allow-methods': 'POST',
        'access-control-max-age': '600',
        vary: 'Origin',
      });
    await next();
    c.res.headers.set('access-control-allow-origin', origin);
    c.res.headers.append('vary', 'Origin');
  };
