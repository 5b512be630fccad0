import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { atOwnTemporal } from '../../deploy/local/own-temporal.ts';
import { namesTemporal, temporalSettings } from '../../process/temporal-settings.ts';
import { type Certificates, makeCertificates } from './tls/certificates.ts';

let certificates: Certificates;
let folder: string;
const file = (text: string): string => {
  const path = join(folder, `${Math.random()}.toml`);
  writeFileSync(path, text);
  return path;
};

beforeAll(() => {
  certificates = makeCertificates();
  folder = mkdtempSync(join(tmpdir(), 'gk-settings-'));
});
afterAll(() => {
  certificates.remove();
  rmSync(folder, { recursive: true });
});

/** Without whatever is in the home of who runs the test. */
const settings = (environment: Record<string, string>) =>
  temporalSettings({ TEMPORAL_CONFIG_FILE: devNull, ...environment });

describe("Temporal's settings", () => {
  test('are a server of this machine where nothing is said, also by variables that are set to nothing', () => {
    const plain = { address: '127.0.0.1:7233', namespace: 'default' };
    expect(settings({})).toEqual(plain);
    expect(
      settings({ TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '', TEMPORAL_API_KEY: '', TEMPORAL_TLS: '' }),
    ).toEqual(plain);
  });

  test('are read from variables', () => {
    expect(settings({ TEMPORAL_ADDRESS: 'temporal', TEMPORAL_NAMESPACE: 'shop' })).toEqual({
      ...{ address: 'temporal:7233', namespace: 'shop' },
    });
    expect(settings({ TEMPORAL_TLS: 'true' }).tls).toEqual({});
    expect(settings({ TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: 'k' }).tls).toBe(false);
    expect(settings({ TEMPORAL_API_KEY: 'k' })).toMatchObject({ apiKey: 'k', tls: true });
    expect(settings({ TEMPORAL_GRPC_META_TENANT: 'blue' })).toMatchObject({ metadata: { tenant: 'blue' } });
    const { tls } = settings({
      TEMPORAL_TLS_CLIENT_CERT_PATH: certificates.path('client.crt'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: certificates.path('client.key'),
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.path('ca.crt'),
      TEMPORAL_TLS_SERVER_NAME: 'temporal.internal',
    });
    expect(tls).toMatchObject({
      serverNameOverride: 'temporal.internal',
      serverRootCACertificate: expect.any(Uint8Array),
      clientCertPair: { crt: expect.any(Uint8Array), key: expect.any(Uint8Array) },
    });
  });

  test('are read from a profile of the configuration file, over which variables go', () => {
    const path = file(
      '[profile.default]\naddress = "one:7233"\n[profile.cloud]\naddress = "two:7233"\nnamespace = "shop.a1b2c"\napi_key = "k"\n',
    );
    expect(settings({ TEMPORAL_CONFIG_FILE: path })).toEqual({ address: 'one:7233', namespace: 'default' });
    const cloud = { TEMPORAL_CONFIG_FILE: path, TEMPORAL_PROFILE: 'cloud' };
    const read = { address: 'two:7233', namespace: 'shop.a1b2c', apiKey: 'k', tls: true };
    expect(settings(cloud)).toEqual(read);
    expect(settings({ ...cloud, TEMPORAL_NAMESPACE: 'mine' })).toEqual({ ...read, namespace: 'mine' });
  });

  test('pass over what another profile says that nobody knows', () => {
    const path = file('[profile.default]\naddress = "one:7233"\n[profile.other]\nadress = "x"\n');
    expect(settings({ TEMPORAL_CONFIG_FILE: path }).address).toBe('one:7233');
  });

  const pem = (name: string) => () => certificates.path(name);
  const config = (text: string) => () => file(text);
  type Given = Record<string, string | (() => string)>;
  test.each<[string, Given, string]>([
    [
      'temporal_config_missing',
      { TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' },
      '/nowhere/temporal.toml, which TEMPORAL_CONFIG_FILE names, cannot be read: ENOENT',
    ],
    [
      'temporal_config_invalid',
      { TEMPORAL_CONFIG_FILE: config('[profile.default\naddress=') },
      'cannot be understood',
    ],
    [
      'temporal_config_invalid',
      { TEMPORAL_CONFIG_FILE: config('[profile.default]\nadress = "x"') },
      'adress',
    ],
    ['temporal_config_invalid', { TEMPORAL_TLS: 'yes' }, "TEMPORAL_TLS is 'yes'; set it to true or false"],
    [
      'temporal_config_invalid',
      { TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' },
      'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    ],
    [
      'temporal_config_invalid',
      { TEMPORAL_TLS_CLIENT_CERT_PATH: 'a', TEMPORAL_TLS_CLIENT_CERT_DATA: 'b' },
      'client_cert',
    ],
    ['temporal_profile_unknown', { TEMPORAL_PROFILE: 'prod' }, "TEMPORAL_PROFILE is 'prod'"],
    [
      'temporal_profile_unknown',
      { TEMPORAL_CONFIG_FILE: config('[profile.a]\n[profile.b]\n'), TEMPORAL_PROFILE: 'c' },
      "has only 'a', 'b'",
    ],
    [
      'temporal_certificate_unreadable',
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere/ca.pem' },
      'TEMPORAL_TLS_SERVER_CA_CERT_PATH (server_ca_cert_path of the profile default): /nowhere/ca.pem cannot be read: ENOENT',
    ],
    [
      'temporal_certificate_unreadable',
      { TEMPORAL_TLS_CLIENT_KEY_DATA: 'no key', TEMPORAL_TLS_CLIENT_CERT_PATH: pem('client.crt') },
      'it is not such a PEM',
    ],
    [
      'temporal_certificate_unreadable',
      { TEMPORAL_TLS_CLIENT_CERT_PATH: pem('client.key'), TEMPORAL_TLS_CLIENT_KEY_PATH: pem('client.key') },
      'client.key cannot be read: it is not such a PEM',
    ],
    [
      'temporal_certificate_incomplete',
      { TEMPORAL_TLS_CLIENT_KEY_PATH: pem('client.key') },
      'TEMPORAL_TLS_CLIENT_CERT_PATH (client_cert_path of the profile default) is not',
    ],
    [
      'temporal_certificate_incomplete',
      { TEMPORAL_TLS_CLIENT_CERT_PATH: pem('client.crt') },
      'TEMPORAL_TLS_CLIENT_KEY_PATH (client_key_path of the profile default) is not',
    ],
    [
      'temporal_certificate_incomplete',
      { TEMPORAL_TLS_CLIENT_CERT_PATH: pem('client.crt'), TEMPORAL_TLS_CLIENT_KEY_PATH: pem('stranger.key') },
      'is not that of the certificate',
    ],
    [
      'temporal_address_invalid',
      { TEMPORAL_ADDRESS: 'https://prod.tmprl.cloud:7233' },
      'write host:port, without http://',
    ],
    ['temporal_address_invalid', { TEMPORAL_ADDRESS: 'here:99999' }, "'here:99999'"],
    [
      'temporal_address_invalid',
      { TEMPORAL_ADDRESS: 'user:pw@here:7233' },
      'TEMPORAL_ADDRESS holds a user or password',
    ],
  ])('that are wrong are the start problem %s, which names what to mend: %j', (code, given, told) => {
    const environment = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? value : value()]),
    );
    expect(() => settings(environment)).toThrow(
      expect.objectContaining({ name: 'StartProblem', code, message: expect.stringContaining(told) }),
    );
  });
});

test('each code of them has its row in the docs', () => {
  const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const sources = ['process/temporal-settings.ts', 'process/why-unreachable.ts', 'activities/worker.ts']
    .map(text)
    .join();
  const codes = new Set([...sources.matchAll(/'(temporal_[a-z_]+)'/g)].map(([, code]) => `\`${code}\``));
  const rows = new Set(text('docs/reference/start-codes.md').match(/`temporal_[a-z_]+`/g));
  expect(codes.size).toBeGreaterThan(10);
  expect([...codes].filter((code) => !rows.has(code))).toEqual([]);
});

describe('a Temporal of our own', () => {
  test('is started where no variable names another', () => {
    const empty = file('[profile.default]\nnamespace = "x"\n');
    expect(namesTemporal({})).toBe(false);
    expect(namesTemporal({ TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: 'x' })).toBe(false);
    expect(namesTemporal({ TEMPORAL_CONFIG_FILE: devNull })).toBe(false);
    expect(namesTemporal({ TEMPORAL_CONFIG_FILE: empty })).toBe(false);
    expect(namesTemporal({ TEMPORAL_ADDRESS: 'there:7233' })).toBe(true);
    expect(namesTemporal({ TEMPORAL_CONFIG_FILE: file('[profile.default]\naddress = "there:7233"\n') })).toBe(
      true,
    );
  });

  test('is what its processes go to, whatever the variables say of another', () => {
    const environment = atOwnTemporal(
      {
        PATH: '/bin',
        TEMPORAL_PROFILE: 'prod',
        TEMPORAL_TLS: 'true',
        TEMPORAL_API_KEY: 'k',
        TEMPORAL_METRICS: ':9',
      },
      '127.0.0.1:1234',
    );
    expect(environment).toEqual({
      ...{ PATH: '/bin', TEMPORAL_METRICS: ':9' },
      ...{ TEMPORAL_ADDRESS: '127.0.0.1:1234', TEMPORAL_CONFIG_FILE: devNull },
    });
    expect(temporalSettings(environment)).toEqual({ address: '127.0.0.1:1234', namespace: 'default' });
  });
});
