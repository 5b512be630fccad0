// A real Temporal behind TLS: what comes over HTTP/2 with a certificate, or a key, goes on to the server as it is.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createSecureServer, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Certificates } from './certificates.ts';

export interface GuardOptions {
  /** Whether clients must show a certificate of the CA. */
  asksForCertificate?: boolean;
  /** What clients must give as their API key. */
  apiKey?: string;
}

export interface GuardedTemporal {
  /** `localhost:port` */
  address: string;
  /** How many calls were let in. */
  letIn(): number;
  close(): Promise<void>;
}

const UNAUTHENTICATED = 16;

export async function guard(
  temporal: string,
  { path }: Certificates,
  { asksForCertificate = false, apiKey }: GuardOptions,
): Promise<GuardedTemporal> {
  const inside = connect(`http://${temporal}`);
  inside.on('error', () => undefined);
  const server = createSecureServer({
    key: readFileSync(path('server.key')),
    cert: readFileSync(path('server.crt')),
    ca: readFileSync(path('ca.crt')),
    requestCert: asksForCertificate,
    rejectUnauthorized: asksForCertificate,
  });
  let count = 0;
  const sessions = new Set<Http2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session)).on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`)
      return stream.respond(
        {
          ...{ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': UNAUTHENTICATED },
          'grpc-message': 'Request unauthorized.',
        },
        { endStream: true },
      );
    count++;
    passOn(stream, inside.request({ ...headers, ':authority': temporal, ':scheme': 'http' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `localhost:${(server.address() as AddressInfo).port}`,
    letIn: () => count,
    async close() {
      for (const session of sessions) session.destroy();
      inside.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function passOn(outer: ServerHttp2Stream, inner: ReturnType<ReturnType<typeof connect>['request']>): void {
  outer.pipe(inner);
  inner.on('response', (headers, flags) => {
    if (outer.destroyed) return;
    // NGHTTP2_FLAG_END_STREAM: an error of gRPC is headers alone.
    const isWhole = (flags & 1) !== 0;
    outer.respond(headers, isWhole ? { endStream: true } : { waitForTrailers: true });
    if (isWhole) return;
    let trailers = {};
    inner.on('trailers', (given) => {
      trailers = given;
    });
    outer.on('wantTrailers', () => outer.sendTrailers(trailers));
    inner.pipe(outer);
  });
  inner.on('error', () => outer.destroy());
  outer.on('close', () => inner.close());
}
