// From what an endpoint or the way to it did to the error that it is: one of the named places where they convert. The
// tables are in docs/guide/endpoints.md, and a test holds them against a server that does all of it.

import type { IncomingHttpHeaders } from 'node:http';
import { classOfStatus, retryAfterMs } from '../../../goals/http-status.ts';
import { type JobError, toldError } from '../../../goals/index.ts';
import { ERROR_CODE, jobMessageSchema, type ReportedError } from '../../../goals/wire/error-envelope.ts';
import { jsonBytes } from '../../../goals/wire/ledger.ts';
import { boundedText } from '../../../goals/wire/text/bounded-text.ts';
import { AttemptFault } from '../../attempts/classify.ts';

const MESSAGE_LIMIT = 500;
const DETAILS_ROOM = 900;

/** The error that an answer tells in our own envelope; null when it tells none. */
export function reportedErrorIn(body: unknown, headers: IncomingHttpHeaders): JobError | null {
  const told = jobMessageSchema.safeParse(body).data;
  if (told === undefined || !('error' in told)) return null;
  return errorOf({ ...told.error, retryAfter: told.error.retryAfter ?? secondsFrom(headers) });
}

/** The error that a refusal is, by its status, and by its body where that says more. */
export function refusal(status: number, headers: IncomingHttpHeaders, body: unknown, what: string): JobError {
  const said = problemIn(body);
  return errorOf({
    code: said.code ?? `http_${status}`,
    message: `${what} answered ${status}${said.message === null ? '' : `: ${said.message}`}`,
    class: classOfStatus(status),
    type: 'HttpError',
    retryAfter: classOfStatus(status) === 'transient' ? secondsFrom(headers) : undefined,
    details: { status, ...said.members },
  });
}

const errorOf = ({
  retryAfter: seconds,
  ...told
}: Omit<ReportedError, 'retryAfter'> & { retryAfter: number | undefined }) =>
  toldError(seconds === undefined ? told : { ...told, retryAfter: seconds });

/** Seconds or a date, as HTTP has it; undefined for anything else. */
function secondsFrom({ 'retry-after': header }: IncomingHttpHeaders): number | undefined {
  const ms = retryAfterMs(header);
  return ms === null ? undefined : ms / 1000;
}

interface Said {
  code: string | null;
  message: string | null;
  members: Record<string, unknown>;
}

/** What a problem (RFC 9457), or what many services answer in its stead, says: a code, and a sentence for people. */
function problemIn(body: unknown): Said {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { code: null, message: null, members: {} };
  const inner = (body as { error?: unknown }).error;
  const told = (typeof inner === 'object' && inner !== null ? inner : body) as Record<string, unknown>;
  const { type, title, detail, message, code, status: _, ...rest } = told;
  const texts = [title, detail ?? message, typeof inner === 'string' ? inner : undefined].filter(
    (text): text is string => typeof text === 'string' && text !== '',
  );
  const members = { ...(typeof type === 'string' ? { type } : {}), ...rest };
  return {
    code: codeIn(code) ?? codeIn(typeof type === 'string' ? type.split(/[/:#]/).at(-1) : undefined),
    message: texts.length === 0 ? null : boundedText(texts.join(': '), MESSAGE_LIMIT),
    // Else the status would be lost with what is too large.
    members: jsonBytes(members) <= DETAILS_ROOM ? members : {},
  };
}

const codeIn = (given: unknown): string | null =>
  typeof given === 'string' && ERROR_CODE.test(given) && given !== 'blank' ? given : null;

const CERTIFICATE =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/;
const PROTOCOL = /^(HPE_|EPROTO|ERR_SSL_|ERR_HTTP)/;

/** What came in the way of an answer. Node's own codes are kept where they say what it was. */
export function networkError(error: unknown, url: URL): unknown {
  if (error instanceof AttemptFault) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (CERTIFICATE.test(code))
    return new AttemptFault(
      'CertificateRefused',
      `the certificate of ${url.host} is not to be trusted: ${message}`,
      {
        code: 'http_certificate_refused',
        class: 'permanent',
        permanent: true,
      },
    );
  if (PROTOCOL.test(code))
    return new AttemptFault(
      'ProtocolError',
      `${url.host} does not answer as HTTP has it: ${message} (${code})`,
      {
        code: 'http_protocol_error',
        class: 'transient',
        permanent: false,
      },
    );
  return error;
}
