// Where Temporal is and how it lets a process in, by Temporal's own variables and configuration file: TEMPORAL_ADDRESS,
// TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS…, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE (docs/guide/operations.md). What is
// read here is what Temporal's command line reads; what that passes over in silence is a start problem.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TLSConfig } from '@temporalio/client';
import {
  type ClientConfigProfile,
  loadClientConfigFromToml,
  loadClientConfigProfile,
  toClientOptions,
} from '@temporalio/envconfig';
import { holdsCredentials } from './credentials.ts';
import { StartProblem } from './start-problem.ts';

/** How a server is asked to let us in. */
export interface TemporalAccess {
  tls?: TLSConfig | boolean;
  apiKey?: string;
  /** Headers of every call. */
  metadata?: Record<string, string>;
}

export interface TemporalSettings extends TemporalAccess {
  /** `host:port` */
  address: string;
  namespace: string;
}

export const DEFAULT_ADDRESS = '127.0.0.1:7233';
export const DEFAULT_NAMESPACE = 'default';
const DEFAULT_PORT = 7233;

/** Reads them. Throws a `StartProblem` that names the variable, file or profile to mend. */
export function temporalSettings(environment: NodeJS.ProcessEnv = process.env): TemporalSettings {
  const given = givenOf(environment);
  requireUnderstood(given);
  const profile = profileOf(given);
  requireCertificates(profile, given.TEMPORAL_PROFILE);
  const { connectionOptions, namespace } = toClientOptions(profile);
  const { apiKey, metadata } = connectionOptions;
  const tls = connectionOptions.tls as TLSConfig | boolean | null | undefined;
  return {
    address: addressOf(profile.address),
    namespace: namespace ?? DEFAULT_NAMESPACE,
    ...(tls === undefined || tls === null ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined || Object.keys(metadata).length === 0
      ? {}
      : { metadata: metadata as Record<string, string> }),
  };
}

/** Whether these variables name a Temporal, by an address or by a profile that has one. */
export function namesTemporal(environment: NodeJS.ProcessEnv): boolean {
  const { TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE } = environment;
  if (TEMPORAL_ADDRESS) return true;
  return (
    Boolean(TEMPORAL_PROFILE || TEMPORAL_CONFIG_FILE) && profileOf(givenOf(environment)).address !== undefined
  );
}

/** Temporal's variables, without those that are set to nothing, as compose files do. */
const givenOf = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] =>
      Boolean(entry[0].startsWith('TEMPORAL_') && entry[1]),
    ),
  );

const invalid = (message: string): StartProblem => new StartProblem('temporal_config_invalid', message);

/** Temporal's own reader takes each of these for something else, or for nothing. */
function requireUnderstood(given: Record<string, string>): void {
  for (const name of ['TEMPORAL_TLS', 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'])
    if (!['true', 'false', '1', '0', undefined].includes(given[name]))
      throw invalid(`${name} is '${given[name]}'; set it to true or false`);
  if (['true', '1'].includes(given.TEMPORAL_TLS_DISABLE_HOST_VERIFICATION ?? ''))
    throw invalid(
      'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION cannot be had: whoever stands in between could then read all. Set ' +
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH to the server's CA, and TEMPORAL_TLS_SERVER_NAME to the name in its certificate",
    );
}

function profileOf(given: Record<string, string>): ClientConfigProfile {
  const { path, toml } = fileOf(given);
  const name = given.TEMPORAL_PROFILE;
  const profiles = toml === null ? [] : namesIn(toml, path, name ?? 'default');
  if (name !== undefined && !profiles.includes(name))
    throw new StartProblem(
      'temporal_profile_unknown',
      `TEMPORAL_PROFILE is '${name}', and ${path}${toml === null ? ' does not exist' : ` has ${profiles.length === 0 ? 'no profile' : `only ${profiles.map((one) => `'${one}'`).join(', ')}`}`}; name one that is there, or write it: [profile.${name}]`,
    );
  try {
    return loadClientConfigProfile({
      ...(toml === null || profiles.length === 0 ? { disableFile: true } : { configSource: { data: toml } }),
      overrideEnvVars: given,
    });
  } catch (error) {
    throw invalid(`Temporal's settings contradict each other: ${(error as Error).message}`);
  }
}

/** The file that TEMPORAL_CONFIG_FILE names must be there; the one where Temporal's command line keeps its own need not. */
function fileOf({ TEMPORAL_CONFIG_FILE: named }: Record<string, string>): {
  path: string;
  toml: string | null;
} {
  const path = named ?? defaultFile();
  try {
    return { path, toml: readFileSync(path, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (named === undefined && ['ENOENT', 'ENOTDIR'].includes(code ?? '')) return { path, toml: null };
    throw new StartProblem(
      'temporal_config_missing',
      `the configuration file ${path}${named === undefined ? '' : ', which TEMPORAL_CONFIG_FILE names,'} cannot be read: ${code}`,
    );
  }
}

/** As @temporalio/envconfig looks for it. */
function defaultFile(): string {
  const { APPDATA, XDG_CONFIG_HOME } = process.env;
  const folders: Partial<Record<NodeJS.Platform, string>> = {
    win32: APPDATA ?? homedir(),
    darwin: join(homedir(), 'Library', 'Application Support'),
  };
  return join(
    folders[process.platform] ?? (XDG_CONFIG_HOME || join(homedir(), '.config')),
    'temporalio',
    'temporal.toml',
  );
}

/** Names of the profiles. A field that nobody knows is refused in the profile that is meant, and passed over in others. */
function namesIn(toml: string, path: string, meant: string): string[] {
  const bytes = new TextEncoder().encode(toml);
  const read = (strict: boolean): string[] => {
    // It fails on a file without any.
    if (!/^\s*\[\s*profile\b|^\s*profile\b/m.test(toml)) return [];
    return Object.keys(loadClientConfigFromToml(bytes, { strict }).profiles);
  };
  try {
    return read(true);
  } catch (error) {
    const { message } = error as Error;
    const [, other] = /unrecognized in profile\.(\S+?)(?:\.(?:tls|codec))?:/.exec(message) ?? [];
    if (other !== undefined && other !== meant) return read(false);
    throw invalid(`the configuration file ${path} cannot be understood: ${message}`);
  }
}

const VARIABLES = {
  clientCert: ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'client_cert_path'],
  clientKey: ['TEMPORAL_TLS_CLIENT_KEY_PATH', 'client_key_path'],
  serverCACert: ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', 'server_ca_cert_path'],
} as const;

function requireCertificates({ tls }: ClientConfigProfile, profile: string | undefined): void {
  if (tls === undefined || tls.disabled === true) return;
  const named = (which: keyof typeof VARIABLES): string =>
    `${VARIABLES[which][0]} (${VARIABLES[which][1]} of the profile ${profile ?? 'default'})`;
  const read = (which: keyof typeof VARIABLES, understand: (pem: Buffer) => unknown): Buffer | null => {
    const source = tls[which];
    if (source === undefined) return null;
    const where = 'path' in source ? source.path : 'what was given';
    try {
      const pem = 'path' in source ? readFileSync(source.path) : Buffer.from(source.data);
      understand(pem);
      return pem;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why = ['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR'].includes(code ?? '')
        ? code
        : `it is not such a PEM (${message})`;
      throw new StartProblem(
        'temporal_certificate_unreadable',
        `${named(which)}: ${where} cannot be read: ${why}`,
      );
    }
  };
  const isCertificate = (pem: Buffer): unknown => new X509Certificate(pem);
  read('serverCACert', isCertificate);
  const [cert, key] = [read('clientCert', isCertificate), read('clientKey', (pem) => createPrivateKey(pem))];
  if ((cert === null) !== (key === null)) {
    const [has, lacks] =
      cert === null ? (['clientKey', 'clientCert'] as const) : (['clientCert', 'clientKey'] as const);
    throw new StartProblem(
      'temporal_certificate_incomplete',
      `a client certificate needs its key: ${named(has)} is set, and ${named(lacks)} is not`,
    );
  }
  if (cert !== null && key !== null && !new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    throw new StartProblem(
      'temporal_certificate_incomplete',
      `the key in ${named('clientKey')} is not that of the certificate in ${named('clientCert')}; give the two that belong together`,
    );
}

function addressOf(given: string = DEFAULT_ADDRESS): string {
  const [, host, port = String(DEFAULT_PORT)] =
    /^(\[[\da-fA-F:.]+\]|[^\s:/]+)(?::(\d{1,5}))?$/.exec(given) ?? [];
  if (holdsCredentials(given))
    throw new StartProblem(
      'temporal_address_invalid',
      'TEMPORAL_ADDRESS holds a user or password; write host:port, and give a key as TEMPORAL_API_KEY',
    );
  if (host === undefined || Number(port) > 65_535)
    throw new StartProblem(
      'temporal_address_invalid',
      `TEMPORAL_ADDRESS is '${given}'; write host:port, without http://, such as ${DEFAULT_ADDRESS} or prod.a1b2c.tmprl.cloud:7233`,
    );
  return `${host}:${port}`;
}
