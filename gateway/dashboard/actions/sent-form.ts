// The form that a page of ours has sent. A page of another site cannot: browsers say whose page it is, and what does not say so is
// not taken, whatever its credentials.

import type { Context } from 'hono';
import { Problem } from '../../http/problems.ts';

/** More than the largest body that the API takes, as every character of it may be three in a form. */
const FORM_BYTES = 4 * 1024 * 1024;

/** What was sent; null where it is no form. */
export async function formOf(c: Context): Promise<URLSearchParams | null> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return null;
  // Another origin is refused before: what is left is ours, or says nothing.
  const isOurs =
    c.req.header('sec-fetch-site') === 'same-origin' || (c.req.header('origin') ?? 'null') !== 'null';
  if (!isOurs) throw new Problem('cross_site', 'A form is taken from a page of the gateway only.');
  const length = Number(c.req.header('content-length') ?? Number.NaN);
  if (!(length <= FORM_BYTES))
    throw new Problem('body_too_large', `A form may have ${FORM_BYTES} bytes.`, {
      headers: { connection: 'close' },
    });
  return new URLSearchParams(await c.req.text());
}
