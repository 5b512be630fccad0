// `ETag` by content: who asks again for what they have gets 304, and no body. The answer is made for whoever asks, rights and all,
// before it is compared: so a tag says nothing of what somebody else sees.

import { createHash } from 'node:crypto';

const TAGGED = /^(application\/json|text\/html)\b/;

/** The answer with its tag, or that it has not changed. Pages and JSON are tagged; streams and problems are not. */
export async function withEtag(request: Request, response: Response): Promise<Response> {
  const { headers, status } = response;
  const isTagged = TAGGED.test(headers.get('content-type') ?? '') && !headers.has('etag');
  if (request.method !== 'GET' || status !== 200 || !isTagged) return response;
  headers.append('vary', 'Authorization, Cookie');
  const body = new Uint8Array(await response.arrayBuffer());
  // Weak: whatever stands between may pack it.
  const tag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  headers.set('etag', tag);
  if (!matches(request.headers.get('if-none-match'), tag)) return new Response(body, { status, headers });
  for (const name of ['content-type', 'content-length']) headers.delete(name);
  return new Response(null, { status: 304, headers });
}

const bare = (tag: string): string => tag.trim().replace(/^W\//, '');

const matches = (asked: string | null, tag: string): boolean =>
  (asked ?? '').split(',').some((one) => bare(one) === bare(tag));
