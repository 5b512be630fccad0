// Fetches from the landing zone, and turns what upstreams do into errors that say what to do about them.

import { permanent, retryAfter, transient } from 'goalkeeper';
import { z } from 'zod';

/** The whole body of a file of the landing zone, or an error. */
export async function download(path: string, batch: string, signal: AbortSignal): Promise<Buffer> {
  const url = new URL(path, landingUrl());
  url.searchParams.set('batch', batch);
  const response = await fetch(url, { signal });
  const body = await wholeBody(response, path, signal);
  if (response.ok) return body;
  throw refusal(response, path, body);
}

function landingUrl(): string {
  const { LANDING_URL } = process.env;
  if (!LANDING_URL)
    throw permanent(
      'LANDING_URL is not set; give the URL of the landing zone (examples/warehouse/landing.ts prints it)',
      { code: 'landing_url_missing' },
    );
  return LANDING_URL;
}

async function wholeBody(response: Response, path: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return Buffer.from(await response.arrayBuffer());
  } catch (cause) {
    // An attempt that was told to stop breaks off its own download.
    signal.throwIfAborted();
    throw transient(`the body of ${path} broke off`, { code: 'body_truncated', cause });
  }
}

const problem = z.object({ code: z.string(), message: z.string() });

function refusal({ status, headers }: Response, path: string, body: Buffer): Error {
  if (status >= 500 || status === 429)
    return retryAfter(headers.get('retry-after'), `the landing zone answered ${status} for ${path}`, {
      code: `http_${status}`,
    });
  const said = problem.safeParse(jsonOrNull(body));
  return said.success
    ? permanent(`the landing zone refused ${path}: ${said.data.message}`, { code: said.data.code })
    : permanent(`the landing zone answered ${status} for ${path}`, { code: `http_${status}` });
}

function jsonOrNull(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}
