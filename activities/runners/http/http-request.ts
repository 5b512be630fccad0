// What is asked of an endpoint: its address with the input's values in it, and its headers with secrets in them.

import { validateHeaderName, validateHeaderValue } from 'node:http';
import { AttemptFault } from '../../attempts/classify.ts';

/** A header's value that contains a secret, as `secret` returns it. */
export interface Secret {
  readonly secret: string;
  write(value: string): string;
}

/**
 * Makes a header's value of a secret that the job's contract names. The worker reads the secret at each attempt.
 *
 * @param write Default: the secret itself.
 * @example
 * ```ts
 * import { secret } from 'goalkeeper/worker';
 *
 * export const headers = { authorization: secret('ERP_TOKEN', (token) => `Bearer ${token}`) };
 * ```
 */
export const secret = (name: string, write: (value: string) => string = (value) => value): Secret => ({
  secret: name,
  write,
});

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** An address with placeholders, as a function of the input. Throws a TypeError when it can be none. */
export function addressOf(template: string): (input: unknown) => URL {
  const problem = problemOf(template);
  if (problem !== null) throw new TypeError(`the url '${template}' ${problem}`);
  const queryAt = template.includes('?') ? template.indexOf('?') : template.length;
  return (input) =>
    new URL(
      template.replace(PLACEHOLDER, (_, path: string, at: number) => {
        const value = valueAt(input, path);
        if (!['string', 'number', 'boolean'].includes(typeof value))
          throw unusable(template, path, 'no text, number or boolean');
        // What is half a character has no encoding.
        const text = encodeURIComponent(Buffer.from(String(value)).toString());
        // An empty part, or one that means the folder above, would be another address; some proxies decode first.
        const parts = String(value).split(/[/\\]/);
        if (at < queryAt && (text === '' || parts.some((part) => /^\.{1,2}$/.test(part))))
          throw unusable(template, path, JSON.stringify(value));
        return text;
      }),
    );
}

function problemOf(template: string): string | null {
  const bare = template.replace(PLACEHOLDER, 'x');
  if (!URL.canParse(bare)) return "is not a URL; write such as 'https://erp.example/orders/{order}'";
  const url = new URL(bare);
  if (!/^https?:$/.test(url.protocol)) return 'is neither http: nor https:';
  if (url.username !== '' || url.password !== '') return 'holds credentials; put a secret into a header';
  if (template.includes('#')) return 'has a fragment, which no server sees';
  const [before = ''] = template.split('{');
  // http.1: the host is written by the author.
  if (!/^https?:\/\/[^/?]+[/?]/i.test(before) && before !== template)
    return 'has a placeholder before its path; where a request goes is never up to an input';
  for (const [, path = ''] of template.matchAll(PLACEHOLDER))
    if (!/^\w+(\.\w+)*$/.test(path)) return `has the placeholder {${path}}; name a field, such as {order.id}`;
  return bare.includes('{') || bare.includes('}') ? 'has a brace without its other one' : null;
}

const valueAt = (input: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (at, name) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, name)
          ? (at as Record<string, unknown>)[name]
          : undefined,
      input,
    );

const unusable = (template: string, path: string, what: string): AttemptFault =>
  new AttemptFault('UrlUnusable', `{${path}} of ${template} cannot be filled: the input has ${what} there`, {
    code: 'http_url_invalid',
    class: 'data',
    permanent: true,
  });

/** Headers that the runner sets itself. */
const OURS =
  /^(host|connection|content-length|transfer-encoding|accept-encoding|idempotency-key|goalkeeper-.*)$/i;

/** Throws a TypeError for a header that cannot be sent, or is not the author's to set. */
export function requireHeaders(headers: Readonly<Record<string, string | Secret>>): void {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    if (OURS.test(name)) throw new TypeError(`the header '${name}' is set by the runner; leave it out`);
    if (typeof value === 'string') validateHeaderValue(name, value);
  }
}

/** The headers as they are sent, and which of their texts nobody may see. */
export function writtenHeaders(
  headers: Readonly<Record<string, string | Secret>>,
  secrets: Readonly<Record<string, string>>,
): { headers: Record<string, string>; hidden: string[] } {
  const hidden: string[] = [];
  const written = Object.entries(headers).map(([name, value]): [string, string] => {
    if (typeof value === 'string') return [name.toLowerCase(), value];
    const given = secrets[value.secret];
    if (given === undefined)
      throw new AttemptFault(
        'SecretMissing',
        `the header '${name}' needs the secret ${value.secret}; name it in the job's \`secrets\``,
        { code: 'secret_missing', class: 'code', permanent: true },
      );
    const text = value.write(given);
    hidden.push(text, given);
    return [name.toLowerCase(), text];
  });
  return { headers: Object.fromEntries(written), hidden };
}
