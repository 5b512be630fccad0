// From what a job threw to the data of an error: one of the named places where they convert.

import { classOfStatus, retryAfterMs } from './http-status.ts';
import type { JobError } from './job-error.ts';
import { chainOf, type HttpAnswer, isErrorLike, type Link, UNREADABLE } from './thrown.ts';
import { kindOf, messageOf, textsOf, withTexts } from './thrown-message.ts';
import type { Code } from './wire/codes.ts';
import { DETAILS_BYTES, ERROR_CODE, RETRY_AFTER_MOST_MS } from './wire/error-envelope.ts';
import { fingerprint } from './wire/fingerprint.ts';
import { type AttemptError, type ErrorClass, errorClasses, jsonBytes } from './wire/ledger.ts';
import type { RetryPolicy } from './wire/publication.ts';

/** An error as data, with what it says about a next attempt. */
export interface Classified
  extends Pick<AttemptError, 'type' | 'code' | 'message' | 'fingerprint' | 'class' | 'stack' | 'details'> {
  permanent: boolean;
  retryAfterMs: number | null;
}

/** Replaces in each text what nobody may see. */
type RedactTexts = (texts: readonly string[]) => string[];

/** Reads whatever was thrown: an error, with or without advice, or anything else. Of what cannot be read the rest is told. */
export function classified(thrown: unknown, policy: RetryPolicy, redactAll: RedactTexts): Classified {
  try {
    return read(chainOf(thrown), isErrorLike(thrown), policy, redactAll);
  } catch {
    return read(chainOf(UNREADABLE), false, policy, redactAll);
  }
}

function read(
  given: readonly Link[],
  isError: boolean,
  policy: RetryPolicy,
  redactAll: RedactTexts,
): Classified {
  const redact = (text: string): string => redactAll([text])[0] as string;
  const { name, stack: rawStack, fault } = given[0] as Link;
  const [type, stack, ...texts] = redactAll([name, rawStack, ...textsOf(given)]) as [string, string];
  const chain = withTexts(given, texts);
  const shared = { type, message: messageOf(chain), fingerprint: fingerprint(type, kindOf(chain)) };
  // The stack would be the wrapper's own, which tells an author nothing; so would that of what is no error.
  if (fault !== null) {
    const { code, class: kind, permanent, details } = fault.fault;
    const refused = permanent || (kind !== 'infrastructure' && policy.permanent.includes(code));
    const about = details === undefined ? {} : { details: boundedDetails(details, redact) };
    return { ...shared, code, class: kind, permanent: refused, retryAfterMs: null, ...about };
  }
  const line = mainLine(chain);
  const advice = line
    .map(({ advice }) => advice as JobError['goalkeeper'] | undefined)
    .find((told) => typeof told === 'object' && told !== null);
  const answered = line.findIndex(({ http }) => http !== null);
  const http = advice === undefined ? (line[answered]?.http ?? null) : null;
  const code = http === null ? codeOf(line) : codeOfAnswer(line.slice(0, answered + 1), http);
  const kind = http === null ? null : classOfAnswer(http);
  const permanent =
    advice?.permanent === true ||
    (kind !== null && kind !== 'transient') ||
    policy.permanent.includes(code) ||
    policy.permanent.includes(codeOf(line));
  const details = advice?.details ?? (http === null ? undefined : { status: http.status });
  return {
    ...shared,
    // A secret for a code would be one that people decide by.
    code: redact(code) === code ? code : ('unclassified' satisfies Code),
    class: isClass(advice?.class) ? advice.class : permanent ? (kind ?? 'permanent') : classOf(line),
    permanent,
    retryAfterMs:
      http === null || permanent ? delayFrom(advice?.retryAfterMs) : retryAfterMs(http.retryAfter),
    ...(stack === '' || !isError ? {} : { stack }),
    ...(details === undefined ? {} : { details: boundedDetails(details, redact) }),
  };
}

/** What decides: the error and its causes; where it gathers several and has no cause, those of the first of them. */
function mainLine(chain: readonly Link[]): Link[] {
  const last = chain.at(-1);
  const [first] = last?.branches ?? [];
  return first === undefined ? [...chain] : [...chain, ...mainLine(first)];
}

const isClass = (given: unknown): given is ErrorClass => (errorClasses as readonly unknown[]).includes(given);

/** The details without secrets; of what is too large or no JSON, only that. */
function boundedDetails(details: unknown, redact: (text: string) => string): unknown {
  const text = JSON.stringify(details) ?? 'null';
  const bytes = jsonBytes(details);
  if (bytes > DETAILS_BYTES) return { omitted: `${bytes} bytes; ${DETAILS_BYTES} at most are kept` };
  const clean = redact(text);
  try {
    return JSON.parse(clean);
  } catch {
    return clean;
  }
}

// Advice may come from anywhere: a time that is none would be a delay that never ends.
const delayFrom = (ms: unknown): number | null =>
  typeof ms === 'number' && ms >= 0 ? Math.min(ms, RETRY_AFTER_MOST_MS) : null;

function codeOf(line: readonly Link[]): string {
  return line.map(({ code }) => String(code ?? '')).find((code) => ERROR_CODE.test(code)) ?? UNCLASSIFIED;
}

const UNCLASSIFIED = 'unclassified' satisfies Code;

/** By which clients call any refusal: it says less than the status. */
const OF_A_CLIENT = /^(?:ERR_BAD_(?:REQUEST|RESPONSE)|ERR_NON_2XX_3XX_RESPONSE|UND_ERR_RESPONSE\w*|\d{3})$/;

function codeOfAnswer(line: readonly Link[], { status }: HttpAnswer): string {
  const code = codeOf(line.filter(({ code }) => !OF_A_CLIENT.test(String(code))));
  return code === UNCLASSIFIED ? `http_${status}` : code;
}

const classOfAnswer = ({ status, isRetryable }: HttpAnswer): ErrorClass =>
  isRetryable ? 'transient' : classOfStatus(status);

function classOf(line: readonly Link[]): ErrorClass {
  const name = line[0]?.name ?? '';
  if (/^(?:Zod\w*Error|SyntaxError)$/.test(name)) return 'data';
  // A TypeError with a cause is how fetch reports the network.
  if (['TypeError', 'ReferenceError', 'RangeError'].includes(name) && line.length === 1) return 'code';
  return 'transient';
}
