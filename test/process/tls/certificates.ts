// Certificates made anew by `openssl`: a CA with a server's and a client's, and another CA that nobody knows.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  /** The folder with `ca.crt`, `server.crt`, `server.key`, `client.…`, `other-ca.crt` and `stranger.…`. */
  path(name: string): string;
  remove(): void;
}

/** The server's is for localhost and 127.0.0.1; the stranger's client certificate is of the other CA. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'gk-certificates-'));
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = (name: string): void =>
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    );
  const signed = (name: string, by: string, extensions: string): void => {
    writeFileSync(path(`${name}.ext`), extensions);
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const ca = ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...ca,
      '-days',
      '1',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.crt`,
    );
  };
  authority('ca');
  authority('other-ca');
  signed('server', 'ca', 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth');
  signed('client', 'ca', 'extendedKeyUsage=clientAuth');
  signed('stranger', 'other-ca', 'extendedKeyUsage=clientAuth');
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}
