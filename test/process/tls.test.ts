// A real Temporal behind TLS that asks for a client certificate, or for an API key.

import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startWorker } from '../../activities/worker.ts';
import { temporalAt } from '../../gateway/temporal/temporal.ts';
import { troubleWith } from '../../gateway/temporal/temporal-trouble.ts';
import type { StartProblem } from '../../process/start-problem.ts';
import { temporalSettings } from '../../process/temporal-settings.ts';
import { ChildWorker } from '../engine/child-worker.ts';
import goals from '../engine/sandbox/goals.ts';
import { fresh } from '../engine/workbench.ts';
import { askingAt } from '../gateway/workbench.ts';
import { temporalAddress } from '../temporal-address.ts';
import { type Certificates, makeCertificates } from './tls/certificates.ts';
import { type GuardedTemporal, guard } from './tls/guarded-temporal.ts';

const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const KEY = 'sesame-open-sesame';

let certificates: Certificates;
let folder: string;
let certified: GuardedTemporal;
let keyed: GuardedTemporal;

beforeAll(async () => {
  certificates = makeCertificates();
  folder = mkdtempSync(join(tmpdir(), 'gk-tls-'));
  [certified, keyed] = await Promise.all([
    guard(temporalAddress, certificates, { asksForCertificate: true }),
    guard(temporalAddress, certificates, { apiKey: KEY }),
  ]);
});
afterAll(async () => {
  await Promise.all([certified?.close(), keyed?.close()]);
  certificates?.remove();
  rmSync(folder, { recursive: true });
});

type Variables = Record<string, string>;

const by = (ca: string): Variables => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.path(ca) });
const as = (name: string): Variables => ({
  TEMPORAL_TLS_CLIENT_CERT_PATH: certificates.path(`${name}.crt`),
  TEMPORAL_TLS_CLIENT_KEY_PATH: certificates.path(`${name}.key`),
});
const to = ({ address }: { address: string }): Variables => ({ TEMPORAL_ADDRESS: address });
const plain = (): Variables => to({ address: temporalAddress });

describe('a way to get it wrong has a word of its own, of worker and gateway alike:', () => {
  test.concurrent.each<[string, () => Variables, string]>([
    [
      'temporal_client_certificate_missing',
      () => ({ ...to(certified), ...by('ca.crt') }),
      'set TEMPORAL_TLS_CLIENT_CERT_PATH',
    ],
    [
      'temporal_client_certificate_refused',
      () => ({ ...to(certified), ...by('ca.crt'), ...as('stranger') }),
      'give one of the CA that it trusts',
    ],
    [
      'temporal_certificate_untrusted',
      () => ({ ...to(certified), ...by('other-ca.crt'), ...as('client') }),
      'set TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    ],
    [
      'temporal_certificate_untrusted',
      () => ({ ...to(certified), ...as('client') }),
      'self-signed certificate',
    ],
    [
      'temporal_host_mismatch',
      () => ({
        ...to(certified),
        ...by('ca.crt'),
        ...as('client'),
        TEMPORAL_TLS_SERVER_NAME: 'other.example',
      }),
      'TEMPORAL_TLS_SERVER_NAME',
    ],
    ['temporal_tls_expected', () => to(certified), 'set TEMPORAL_TLS=true'],
    ['temporal_tls_unexpected', () => ({ ...plain(), ...by('ca.crt') }), 'set TEMPORAL_TLS=false'],
    [
      'temporal_tls_unexpected',
      () => ({ ...plain(), TEMPORAL_API_KEY: KEY }),
      'An API key, or a certificate, asks for TLS by itself',
    ],
    [
      'temporal_access_refused',
      () => ({ ...to(keyed), ...by('ca.crt'), TEMPORAL_API_KEY: 'sesame-shut' }),
      'look at TEMPORAL_API_KEY',
    ],
    ['temporal_access_refused', () => ({ ...to(keyed), ...by('ca.crt') }), 'set TEMPORAL_API_KEY'],
    [
      'temporal_namespace_unknown',
      () => ({ ...to(keyed), ...by('ca.crt'), TEMPORAL_API_KEY: KEY, TEMPORAL_NAMESPACE: 'nowhere' }),
      "no namespace 'nowhere': set TEMPORAL_NAMESPACE",
    ],
  ])('%s, %#', async (code, variables, told) => {
    const settings = temporalSettings({ TEMPORAL_CONFIG_FILE: devNull, ...variables() });
    const log = pino({ level: 'silent' });
    const worker = startWorker({
      ...settings,
      goalsModule: here('test/engine/sandbox/goals.ts'),
      goals,
      jobs: [],
      version: 1,
      log,
    });
    const temporal = temporalAt(settings.address, settings.namespace, settings);
    const [ofWorker, ofGateway] = await Promise.all([
      worker.then(
        () => null,
        (error: StartProblem) => error,
      ),
      troubleWith(temporal, settings),
    ]);
    await temporal.close();
    for (const problem of [ofWorker, ofGateway]) {
      expect(problem).toMatchObject({ name: 'StartProblem', code, message: expect.stringContaining(told) });
      expect(problem?.message).not.toContain('sesame');
    }
  });
});

function gateway(variables: Variables): ChildProcess {
  const child = fork(here('gateway/main.ts'), [], {
    env: { ...process.env, PORT: '0', HOST: '', TEMPORAL_CONFIG_FILE: devNull, ...variables },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

test('a gateway that the server does not let in serves all the same, and its log says why', async () => {
  const child = gateway({ ...to(certified), ...by('ca.crt') });
  let output = '';
  child.stdout?.on('data', (data) => {
    output += data;
  });
  const [{ url }] = await once(child, 'message');
  expect((await askingAt(url).get('/readyz')).status).toBe(503);
  await expect
    .poll(() => output, { timeout: 60_000 })
    .toContain('"code":"temporal_client_certificate_missing"');
});

test('a goal is pursued in a namespace behind TLS: the worker by a profile with a client certificate, the gateway by an API key', async () => {
  const namespace = fresh('shop');
  const file = join(folder, 'temporal.toml');
  writeFileSync(
    file,
    `[profile.shop]
address = "${certified.address}"
namespace = "${namespace}"
[profile.shop.tls]
server_ca_cert_path = "${certificates.path('ca.crt')}"
client_cert_path = "${certificates.path('client.crt')}"
client_key_path = "${certificates.path('client.key')}"
`,
  );
  const profile = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'shop', TEMPORAL_ADDRESS: '' };
  // The installation's one-shot makes the namespace, by the same profile.
  await promisify(execFile)(process.execPath, ['--import', 'tsx', here('deploy/cluster/namespace.ts')], {
    env: { ...process.env, ...profile },
  });
  const letIn = [certified.letIn(), keyed.letIn()] as const;
  const worker = await ChildWorker.start(here('examples/first-goal'), profile);
  onTestFinished(async () => {
    await worker.end('SIGKILL');
  });
  const child = gateway({
    ...to(keyed),
    ...by('ca.crt'),
    TEMPORAL_API_KEY: KEY,
    TEMPORAL_NAMESPACE: namespace,
  });
  const [{ url }] = await once(child, 'message');
  const asking = askingAt(url);
  await expect
    .poll(async () => (await asking.get('/goals/orders-counted')).status, { timeout: 60_000 })
    .toBe(200);
  const input = { day: '2026-11-20' };
  const answer = await asking.post('/goals/orders-counted/runs', { input }, { prefer: 'wait=30' });
  expect(answer.body).toMatchObject({ outcome: 'achieved' });
  expect(certified.letIn()).toBeGreaterThan(letIn[0]);
  expect(keyed.letIn()).toBeGreaterThan(letIn[1]);
});
