// Reads whatever a job throws, and only reads: a getter may throw, a proxy may be revoked, causes may go in a circle. What
// cannot be read is left out, and the rest is told. Isolates load this file, so it imports nearly nothing.

import { AttemptFault } from './attempt-fault.ts';

/** Of a chain of causes its first so many links are kept, and its root, which often says what it is. */
const FIRST_LINKS = 3;
/** So far a chain is followed, so that one that is made as it is read ends. */
const LONGEST_CHAIN = 1000;
/** So many errors of an AggregateError are told, and so deep; and so many links of all that was thrown. */
const BRANCHES = 8;
const DEPTH = 3;
const MOST_LINKS = 64;
const ISSUES = 5;
const SHOWN = 2000;

/** One error of a chain, as data. */
export interface Link {
  name: string;
  /** What it says itself, without its causes. */
  text: string;
  stack: string;
  code: string | number | null;
  advice: unknown;
  fault: AttemptFault | null;
  http: HttpAnswer | null;
  /** The chains of the errors that it gathers. */
  branches: Link[][];
  /** How many more it gathers. */
  more: number;
}

/** What an HTTP client's error tells of the answer that it is about. */
export interface HttpAnswer {
  status: number;
  retryAfter: string | null;
  /** The service's own library says that it may be tried again, whatever the status. */
  isRetryable: boolean;
}

/** A property, or undefined where it cannot be read. */
export function field(of: unknown, name: string): unknown {
  try {
    return (of as Record<string, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const textIn = (of: unknown, name: string): string => {
  const value = field(of, name);
  return typeof value === 'string' ? value : '';
};

/** Whether it is read as an error: it has a message, or is one whose message cannot be read. */
export function isErrorLike(thrown: unknown): boolean {
  if (!isObject(thrown) || isEvent(thrown)) return false;
  return typeof field(thrown, 'message') === 'string' || isInstance(thrown, 'Error');
}

/** The error and its causes, the root last; `…` stands for those between. */
export function chainOf(thrown: unknown, depth = 1, room = { links: MOST_LINKS }): Link[] {
  const seen = new Set<unknown>();
  const all: unknown[] = [];
  for (let at = thrown; !seen.has(at) && all.length < LONGEST_CHAIN; ) {
    seen.add(at);
    all.push(at);
    if (!isErrorLike(at)) break;
    const cause = field(at, 'cause');
    if (cause === undefined || cause === null) break;
    at = cause;
  }
  const isLong = all.length > FIRST_LINKS + 1;
  const kept = isLong ? [...all.slice(0, FIRST_LINKS), all.at(-1)] : all;
  const links = kept.map((at) => linkOf(at, depth, room));
  if (isLong) links.splice(FIRST_LINKS, 0, { ...linkOf('…', DEPTH, room) });
  return links;
}

function linkOf(thrown: unknown, depth: number, room: { links: number }): Link {
  room.links--;
  const isError = isErrorLike(thrown);
  const errors = isError ? field(thrown, 'errors') : undefined;
  // An issue of zod is in `errors` of older versions.
  const gathered = Array.isArray(errors) && issuesOf(thrown) === null ? errors : [];
  const told = depth < DEPTH ? gathered.slice(0, BRANCHES) : [];
  const branches: Link[][] = [];
  for (const error of told) if (room.links > 0) branches.push(chainOf(error, depth + 1, room));
  // What the web platform throws is told by its name; its code is a number from before that.
  const code = isInstance(thrown, 'DOMException') ? field(thrown, 'name') : field(thrown, 'code');
  const name = textIn(thrown, 'name');
  return {
    name: isError ? name || 'Error' : className(thrown),
    text: isError ? errorText(thrown) : shownText(thrown),
    stack: isError ? textIn(thrown, 'stack') : '',
    code: isError && (typeof code === 'string' || typeof code === 'number') ? code : null,
    advice: isError ? field(thrown, 'goalkeeper') : undefined,
    fault: isInstance(thrown, 'Error') && thrown instanceof AttemptFault ? thrown : null,
    http: isObject(thrown) ? httpAnswer(thrown) : null,
    branches,
    more: gathered.length - branches.length,
  };
}

function errorText(error: unknown): string {
  const issues = issuesOf(error);
  if (issues !== null) return issuesText(issues);
  const message = field(error, 'message');
  if (typeof message === 'string' && message !== '') return message;
  if (message !== undefined && typeof message !== 'string') return shownText(message);
  const code = field(error, 'code');
  if (typeof code === 'string' && code !== '') return code;
  return textIn(error, 'name') || (message === undefined ? UNREADABLE : 'Error');
}

export const UNREADABLE = 'something was thrown that cannot be read';

function issuesOf(error: unknown): readonly unknown[] | null {
  const issues = field(error, 'issues');
  return /Zod\w*Error$/.test(textIn(error, 'name')) && Array.isArray(issues) && issues.length > 0
    ? issues
    : null;
}

/** Issues of zod as one reads them: `rows[3].day: expected date, received string`. */
function issuesText(issues: readonly unknown[]): string {
  const told = issues.slice(0, ISSUES).map((issue) => {
    const path = field(issue, 'path');
    const parts = Array.isArray(path) ? path.slice(0, 20) : [];
    const where = parts
      .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
      .join('');
    const what = textIn(issue, 'message').replace(/^Invalid input: /, '');
    return where === '' ? what : `${where}: ${what}`;
  });
  const more = issues.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** What is no error, as far as it can be shown. */
function shownText(thrown: unknown): string {
  try {
    if (!isObject(thrown)) return thrown === '' ? 'Error' : String(thrown);
    if (isEvent(thrown)) return eventText(thrown);
    const answer = httpAnswer(thrown);
    if (answer !== null && typeof field(thrown, 'headers') === 'object') return answerText(thrown, answer);
    const text = jsonOf(thrown);
    const name = className(thrown);
    return text === '{}' && !['Object', 'Error'].includes(name) ? name : text.slice(0, SHOWN);
  } catch {
    return UNREADABLE;
  }
}

function answerText(thrown: object, { status }: HttpAnswer): string {
  const url = textIn(thrown, 'url');
  const reason = textIn(thrown, 'statusText');
  return `${className(thrown)} ${status}${reason === '' ? '' : ` ${reason}`}${url === '' ? '' : ` of ${url}`}`;
}

const isEvent = (thrown: unknown): thrown is object => isInstance(thrown, 'Event');

function eventText(event: object): string {
  const about = ['message', 'reason', 'code', 'error']
    .map((name): string => {
      const value = field(event, name);
      if (value === undefined || value === null || value === '') return '';
      return isErrorLike(value)
        ? errorText(value)
        : isObject(value)
          ? jsonOf(value)
          : `${name} ${String(value)}`;
    })
    .filter((text) => text !== '');
  const what = `${className(event)} ${textIn(event, 'type')}`.trim();
  return about.length === 0 ? what : `${what}: ${about.join(', ')}`;
}

/** As JSON, with a word where a part cannot be read or holds itself. */
function jsonOf(value: object): string {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return JSON.stringify(copied(value, [])) ?? UNREADABLE;
  }
}

function copied(value: unknown, above: readonly unknown[]): unknown {
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol')
    return String(value);
  if (!isObject(value)) return value;
  if (above.includes(value)) return '<circular>';
  if (above.length === 4) return '…';
  let names: string[];
  try {
    names = Object.keys(value).slice(0, 50);
  } catch {
    return '<unreadable>';
  }
  const entries = names.map((name): [string, unknown] => {
    let part: unknown = '<unreadable>';
    try {
      part = copied((value as Record<string, unknown>)[name], [...above, value]);
    } catch {}
    return [name, part];
  });
  return Array.isArray(value) ? entries.map(([, part]) => part) : Object.fromEntries(entries);
}

function className(thrown: unknown): string {
  const name = isObject(thrown) ? textIn(field(thrown, 'constructor'), 'name') : '';
  return ['', 'Object', 'Array'].includes(name) ? 'Error' : name;
}

/** Whether it is of a class of the platform, which need not be there, or of one that is called so. */
function isInstance(thrown: unknown, name: 'Error' | 'Event' | 'DOMException'): boolean {
  try {
    const known = (globalThis as Record<string, unknown>)[name];
    return typeof known === 'function' && thrown instanceof known;
  } catch {
    return false;
  }
}

// What the SDKs of AWS say of a request that came too fast or at a bad moment, with a status of 400 more often than not.
const AWS_RETRYABLE =
  /^(?:BandwidthLimitExceeded|EC2ThrottledException|LimitExceededException|PriorRequestNotComplete|ProvisionedThroughputExceeded(?:Exception)?|RequestLimitExceeded|RequestThrottled(?:Exception)?|SlowDown|Thrott\w+|TooManyRequestsException|TransactionInProgressException|RequestTimeout(?:Exception)?|RequestTimeTooSkewed)$/;

/** The status and the Retry-After of an error as axios, got, ky, undici, the SDKs of AWS and their like make it; of a Response itself. */
function httpAnswer(thrown: object): HttpAnswer | null {
  const response = field(thrown, 'response') ?? field(thrown, '$response');
  const own = field(thrown, 'status') ?? field(thrown, 'statusCode');
  const headers = field(response, 'headers') ?? field(thrown, 'headers');
  // A number that an author calls `status` is none of HTTP without more that says so.
  const isOfHttp = isObject(headers) || own === field(thrown, 'statusCode');
  const status =
    field(response, 'status') ??
    field(response, 'statusCode') ??
    field(field(thrown, '$metadata'), 'httpStatusCode') ??
    (isOfHttp ? own : undefined);
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 400 || status > 599) return null;
  const names = [textIn(thrown, 'name'), textIn(thrown, 'code')];
  return {
    status,
    retryAfter: headerOf(headers, 'retry-after'),
    isRetryable:
      isObject(field(thrown, '$retryable')) ||
      field(thrown, 'retryable') === true ||
      names.some((name) => AWS_RETRYABLE.test(name)),
  };
}

function headerOf(headers: unknown, wanted: string): string | null {
  if (!isObject(headers)) return null;
  try {
    const { get } = headers as { get?: unknown };
    const given: unknown =
      typeof get === 'function'
        ? get.call(headers, wanted)
        : Array.isArray(headers)
          ? headers[headers.findIndex((name, i) => i % 2 === 0 && String(name).toLowerCase() === wanted) + 1]
          : Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
    const one: unknown = Array.isArray(given) ? given[0] : given;
    return typeof one === 'string' || typeof one === 'number' ? String(one) : null;
  } catch {
    return null;
  }
}
