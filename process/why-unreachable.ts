// Why a Temporal server does not let us in, told by a handshake of our own: what gRPC says of it is a `transport error`.

import { connect, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import { grpcCodes, isNamespaceUnknown } from './grpc-codes.ts';
import { StartProblem } from './start-problem.ts';
import type { TemporalSettings } from './temporal-settings.ts';

const PROBE_MS = 3_000;

/** What an HTTP/2 client says first, with settings that change nothing. */
const HELLO = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/** The problem, with a stable code; null where nothing listens, or all that can be told from outside is well. */
export async function whyUnreachable(settings: TemporalSettings): Promise<StartProblem | null> {
  const { address, tls = false } = settings;
  if (!(await listens(address))) return null;
  const first = await handshake(settings);
  if (tls === false) return first.speaksTls ? problems.tlsExpected(address) : null;
  if (!first.speaksTls) return first.isSilent ? null : problems.tlsUnexpected(address);
  const { code } = first;
  if (code === null) return null;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return problems.hostMismatch(address, first.message);
  if (first.isServerDoubted) return problems.untrusted(address, first.message);
  return problems.clientCertificate(address, hasClientCertificate(settings), first.message);
}

// A worker's connection tells them in words only, while it connects.
const UNAUTHENTICATED_WORDS = /unauthenticated|valid authentication credentials/i;
const PERMISSION_WORDS = /permission denied|not have permission/i;

/** The problem that an answer of the server is; null when it is none of these. */
export function problemOfAnswer(
  error: unknown,
  { address, namespace, apiKey }: TemporalSettings,
): StartProblem | null {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  const is = (wanted: number, words: RegExp): boolean =>
    code === wanted || (code === undefined && words.test(message));
  if (error instanceof StartProblem) return null;
  if (isNamespaceUnknown(error))
    return new StartProblem(
      'temporal_namespace_unknown',
      `the server at ${address} has no namespace '${namespace}': set TEMPORAL_NAMESPACE to one that it has, or let an administrator ` +
        `run: temporal operator namespace create --namespace ${namespace}`,
    );
  if (
    !is(grpcCodes.UNAUTHENTICATED, UNAUTHENTICATED_WORDS) &&
    !is(grpcCodes.PERMISSION_DENIED, PERMISSION_WORDS)
  )
    return null;
  return new StartProblem(
    'temporal_access_refused',
    `the server at ${address} does not let this process into the namespace '${namespace}' (${message}): ` +
      (apiKey === undefined
        ? 'set TEMPORAL_API_KEY, or give a client certificate that it knows'
        : 'look at TEMPORAL_API_KEY, whether it has expired, and whether it is meant for that namespace'),
  );
}

interface Shake {
  speaksTls: boolean;
  /** It said nothing at all. */
  isSilent: boolean;
  /** Of the error; null where there was none. */
  code: string | null;
  message: string;
  /** Whether it was we who did not trust the other side. */
  isServerDoubted: boolean;
}

const hasClientCertificate = ({ tls }: TemporalSettings): boolean =>
  typeof tls === 'object' && Boolean(tls.clientCertPair);

function hostAndPort(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}

const listens = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket: Socket = connect({ ...hostAndPort(address), timeout: PROBE_MS });
    const end = (does: boolean) => () => {
      socket.destroy();
      resolve(does);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });

/** Shakes hands, and waits for the first word of the server: one that misses a certificate says so only then. */
function handshake({ address, tls }: TemporalSettings): Promise<Shake> {
  const { host, port } = hostAndPort(address);
  const given = typeof tls === 'object' ? tls : {};
  const name = given.serverNameOverride ?? host;
  return new Promise((resolve) => {
    let isSecure = false;
    const socket: TLSSocket = connectTls({
      ...{ host, port, timeout: PROBE_MS, ALPNProtocols: ['h2'] },
      ...(isIP(name) === 0 ? { servername: name } : {}),
      checkServerIdentity: (_, cert) => checkServerIdentity(name, cert),
      // To a plain client it matters only whether this is TLS at all.
      rejectUnauthorized: tls !== undefined && tls !== false,
      ...(given.serverRootCACertificate ? { ca: Buffer.from(given.serverRootCACertificate) } : {}),
      ...(given.clientCertPair
        ? { cert: Buffer.from(given.clientCertPair.crt), key: Buffer.from(given.clientCertPair.key) }
        : {}),
    });
    const end = (code: string | null, message = '', isSilent = false): void => {
      socket.destroy();
      const speaksTls = isSecure || (code !== null && (/_ALERT_/.test(code) || isDoubt(code)));
      resolve({ speaksTls, isSilent, code, message, isServerDoubted: code !== null && isDoubt(code) });
    };
    socket.once('secureConnect', () => {
      isSecure = true;
      socket.write(HELLO);
    });
    socket.once('data', () => end(null));
    socket.once('error', (error: NodeJS.ErrnoException & { reason?: string }) =>
      end(error.code ?? 'unknown', error.reason ?? error.message),
    );
    socket.once('timeout', () => end(null, '', !isSecure));
    socket.once('close', () => end('closed', 'it ended the connection right after the handshake'));
  });
}

/** Codes by which OpenSSL and Node say that a certificate is not to be trusted. */
const isDoubt = (code: string): boolean =>
  /^(?:CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH)/.test(
    code,
  );

const problems = {
  tlsExpected: (address: string): StartProblem =>
    new StartProblem(
      'temporal_tls_expected',
      `the server at ${address} speaks TLS, and this process does not: set TEMPORAL_TLS=true, and TEMPORAL_TLS_SERVER_CA_CERT_PATH ` +
        'where its certificate is of a CA of your own',
    ),
  tlsUnexpected: (address: string): StartProblem =>
    new StartProblem(
      'temporal_tls_unexpected',
      `the server at ${address} does not speak TLS, and this process shall: set TEMPORAL_TLS=false, or TEMPORAL_ADDRESS to the ` +
        'port that does. An API key, or a certificate, asks for TLS by itself',
    ),
  untrusted: (address: string, why: string): StartProblem =>
    new StartProblem(
      'temporal_certificate_untrusted',
      `the certificate of the server at ${address} is not to be trusted (${why}): set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the CA that ` +
        'signed it, or have it renewed',
    ),
  hostMismatch: (address: string, why: string): StartProblem =>
    new StartProblem(
      'temporal_host_mismatch',
      `the certificate of the server at ${address} is for another name (${why}): set TEMPORAL_ADDRESS to that name, or ` +
        'TEMPORAL_TLS_SERVER_NAME to the name in the certificate',
    ),
  clientCertificate: (address: string, isGiven: boolean, why: string): StartProblem =>
    isGiven
      ? new StartProblem(
          'temporal_client_certificate_refused',
          `the server at ${address} does not take the client certificate of TEMPORAL_TLS_CLIENT_CERT_PATH (${why}): give one of ` +
            'the CA that it trusts, which has not expired',
        )
      : new StartProblem(
          'temporal_client_certificate_missing',
          `the server at ${address} ends the connection (${why}), as one does that asks for a client certificate: set ` +
            'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH',
        ),
};
