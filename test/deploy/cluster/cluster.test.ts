// A team's topology for real: what docker-compose.yml says, as processes on this machine. One cluster for the file, as
// it takes 15 seconds to come up (and minutes where Temporal's server is not built yet).

import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, test as always, beforeAll, expect } from 'vitest';
import { type Cluster, startCluster } from '../../../deploy/cluster/cluster.ts';
import { readCompose } from '../../../deploy/cluster/compose.ts';
import { findPostgres } from '../../../deploy/cluster/postgres.ts';
import { searchAttributeTypes } from '../../../goals/wire/names.ts';
import { isNotFound } from '../../../process/is-not-found.ts';
import { letThrough, openPorts } from '../local/page-requests.ts';

const run = promisify(execFile);
const compose = readCompose('docker-compose.yml');
/** On a busy machine all takes several times as long. */
const PATIENT = { timeout: 180_000, interval: 250 };

// CI's machine need not have PostgreSQL; a machine that has it tries everything.
const postgres = await findPostgres().catch((error: Error) => console.warn(`skipped: ${error.message}`));
const test = always.skipIf(postgres === undefined);

let cluster: Cluster;
let home: string;
let token: string;
const started: string[] = [];

beforeAll(async () => {
  if (postgres === undefined) return;
  home = await mkdtemp(join(tmpdir(), 'goalkeeper-cluster-'));
  cluster = await startCluster({
    home,
    onProgress: (line) =>
      line.endsWith(' started') ? started.push(line.split(' ')[0] ?? '') : console.log(line),
  });
  token = await readFile(join(home, 'secrets', 'admin-token'), 'utf8');
}, 30 * 60_000);

afterAll(async () => {
  await cluster?.stop();
  if (home !== undefined) await rm(home, { recursive: true, force: true });
}, 120_000);

const gateway = (path: string, body?: unknown, which = 0) =>
  fetch(`${cluster.gateways[which]?.url}${path}`, {
    signal: AbortSignal.timeout(10_000),
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
  });

const outcomeOf = async (id: string, which = 0): Promise<string | null> => {
  const answer = await gateway(`/runs/${id}`, undefined, which).catch(() => null);
  return answer?.ok ? ((await answer.json()) as { outcome: string | null }).outcome : null;
};

const begin = async (batch: string): Promise<string> => {
  // Asked for again it is the same run, and a gateway gives up sooner than whoever means it.
  for (const until = Date.now() + PATIENT.timeout; ; await delay(PATIENT.interval)) {
    const answer = await gateway('/goals/flights-in-warehouse/runs', { input: { batch } });
    if (answer.status === 503 && Date.now() < until) continue;
    expect(answer.status).toBe(202);
    return ((await answer.json()) as { id: string }).id;
  }
};

const listens = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });

test('the main job ends achieved, over two gateways and two workers', async () => {
  const told = await readFile(cluster.service('main-job').log, 'utf8');
  expect(told.match(/ACHIEVED/g)).toHaveLength(2);
  const ids = [0, 1].map(async (which) => {
    const answer = await gateway('/runs?goal=flights-in-warehouse', undefined, which);
    return ((await answer.json()) as { items: { id: string; outcome: string }[] }).items.map(({ id }) => id);
  });
  const [first, second] = await Promise.all(ids);
  expect(first).toHaveLength(1);
  expect(second).toEqual(first);
});

test('nothing is left out but what has no program here, and all else starts in the order that compose says', () => {
  expect(cluster.leftOut).toEqual(['temporal-ui', 'prometheus']);
  expect([...started].sort()).toEqual(
    Object.keys(compose.services)
      .filter((name) => !cluster.leftOut.includes(name))
      .sort(),
  );
  for (const name of started)
    for (const needed of Object.keys(compose.services[name]?.depends_on ?? {}))
      expect(started.indexOf(needed), `${needed} before ${name}`).toBeLessThan(started.indexOf(name));
});

test('each process has the command and the variables that compose says, and no secret among them', async () => {
  const secrets = await Promise.all(
    ['postgres-password', 'callback-secret', 'admin-token', 'main-job-token'].map((name) =>
      readFile(join(home, 'secrets', name), 'utf8'),
    ),
  );
  for (const name of [
    'gateway-1',
    'gateway-2',
    'worker-1',
    'worker-2',
    'landing',
    'temporal',
    'postgresql',
  ]) {
    const { process: child, host } = cluster.service(name);
    const said = compose.services[name];
    const environment = new Map(
      (await readFile(`/proc/${child?.pid}/environ`, 'utf8')).split('\0').map((line) => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1)] as const;
      }),
    );
    for (const [key, value] of Object.entries(said?.environment ?? {})) {
      expect(environment.has(key), `${key} of ${name}`).toBe(true);
      // What holds neither a host nor a path is the same to the letter.
      if (/^[\w-]+$/.test(value) && compose.services[value] === undefined)
        expect(environment.get(key), `${key} of ${name}`).toBe(value);
      if (value === '0.0.0.0') expect(environment.get(key)).toBe(host);
    }
    const words = (await readFile(`/proc/${child?.pid}/cmdline`, 'utf8')).split('\0');
    if (said?.image.startsWith('goalkeeper-')) {
      expect(words.slice(1, -1)).toEqual(said.command?.slice(1));
      for (const secret of secrets) expect([...environment.values(), ...words]).not.toContain(secret);
    }
  }
});

test('the ports are those of compose', async () => {
  for (const [name, ports] of Object.entries({
    postgresql: [5432],
    temporal: [7233],
    'gateway-1': [3000],
    'gateway-2': [3000],
    landing: [8080],
  }))
    for (const port of ports)
      expect(await listens(cluster.service(name).host, port), `${name}:${port}`).toBe(true);
});

test('no port that it opens lets a page of the web through, be it cross-site or by a name that points here', async () => {
  const pids = cluster.names.flatMap((name) => cluster.service(name).process?.pid ?? []);
  const ports = openPorts(pids);
  const named = [
    ...[
      'temporal:7233',
      'temporal:7243',
      'gateway-1:3000',
      'gateway-2:9464',
      'worker-1:9464',
      'postgresql:5432',
    ],
    ...['landing:8080', 'pages:9090', 'pages:8080'],
  ].map((one) => {
    const [name = '', port] = one.split(':');
    return `${cluster.service(name).host}:${port}`;
  });
  expect(ports.map(({ host, port }) => `${host}:${port}`)).toEqual(expect.arrayContaining(named));
  expect((await Promise.all(ports.map(letThrough))).flat()).toEqual([]);
});

test('what it writes is its user’s alone', async () => {
  const open: string[] = [];
  for (const folder of ['logs', 'secrets'].map((name) => join(home, name)))
    for (const path of [folder, ...(await readdir(folder)).map((name) => join(folder, name))]) {
      const { mode } = await stat(path);
      // The secrets' folder lets nobody else in; containers read them as users of their own.
      if ((mode & 0o077) !== 0 && !path.startsWith(join(home, 'secrets/'))) open.push(path);
    }
  for (const name of await readdir(join(home, 'volumes'))) {
    const { mode } = await stat(join(home, 'volumes', name));
    if ((mode & 0o077) !== 0) open.push(name);
  }
  expect(open).toEqual([]);
});

test('what closed is kept as long as compose says, runs can be searched for, and one-shots may run again', async () => {
  await cluster.restart('temporal-schema');
  await cluster.restart('namespace');
  const connection = await Connection.connect({ address: cluster.address });
  try {
    await expect
      .poll(async () => {
        const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
        return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
      }, PATIENT)
      .toBe(Number.parseInt(compose.services.namespace?.environment.NAMESPACE_RETENTION ?? '', 10));
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    expect(Object.keys(customAttributes ?? {})).toEqual(
      expect.arrayContaining(Object.keys(searchAttributeTypes)),
    );
  } finally {
    await connection.close();
  }
});

test('a gateway asks who it is', async () => {
  const { url } = cluster.gateways[1] as Cluster['gateways'][number];
  expect((await fetch(`${url}/goals`)).status).toBe(401);
  expect((await gateway('/goals', undefined, 1)).status).toBe(200);
});

test('a gateway answers to its names only', async () => {
  const { url, host } = cluster.gateways[0] as Cluster['gateways'][number];
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const asked = await run('curl', [
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    '-H',
    'Host: evil.example',
    `http://${host}:3000/healthz`,
  ]);
  expect(asked.stdout).toBe('403');
});

test('a history that is not there is known by how this server says so', async () => {
  const id = await begin('gone');
  // A gateway's connection, and a worker's.
  for (const Way of [Connection, NativeConnection]) {
    const connection = await Way.connect({ address: cluster.address });
    const { workflow } = new Client({ connection });
    const errors = await Promise.all(
      [workflow.getHandle(id, randomUUID()), workflow.getHandle('never')].map((handle) =>
        handle.fetchHistory().then(String, (error: unknown) => error),
      ),
    );
    expect(errors.map(isNotFound), String(errors)).toEqual([true, true]);
    await connection.close();
  }
  await expect.poll(() => outcomeOf(id), PATIENT).toBe('achieved');
}, 400_000);

test('killed all at once, database first, everything goes on where it was', async () => {
  const id = await begin('killed');
  for (const name of ['postgresql', 'temporal', 'worker-1', 'worker-2', 'gateway-1'])
    await cluster.kill(name);
  for (const name of ['postgresql', 'temporal', 'gateway-1', 'worker-1', 'worker-2'])
    await cluster.restart(name);
  await expect.poll(() => outcomeOf(id), PATIENT).toBe('achieved');
}, 400_000);

const page = await readFile('docs/guide/operations.md', 'utf8');

/** The lines that the page has for it, each done as its `docker compose` would. */
async function follow(what: 'backup' | 'restore', folder: string): Promise<void> {
  const lines =
    new RegExp(`<!-- ${what} -->\n\`\`\`sh\n([\\s\\S]*?)\n\`\`\``).exec(page)?.[1]?.split('\n') ?? [];
  expect(lines.length).toBeGreaterThan(3);
  const password = (await readFile(join(home, 'secrets', 'postgres-password'), 'utf8')).trim();
  for (const line of lines) {
    const [, verb, rest = ''] =
      /^docker compose (stop|up --detach --wait|exec -T postgresql) (.+)$/.exec(line) ?? [];
    if (verb === 'stop') for (const name of rest.split(' ')) await cluster.end(name);
    else if (verb === 'up --detach --wait') for (const name of rest.split(' ')) await cluster.restart(name);
    else if (verb !== undefined)
      await new Promise<void>((resolve, reject) => {
        const child = spawn('sh', ['-c', rest], {
          cwd: folder,
          env: {
            PATH: `${postgres}:${process.env.PATH}`,
            PGHOST: cluster.postgres.host,
            PGPASSWORD: password,
          },
          stdio: ['ignore', 'inherit', 'inherit'],
        });
        child.once('exit', (code) =>
          code === 0 ? resolve() : reject(new Error(`${line}: exit code ${code}`)),
        );
      });
    else throw new Error(`docs/guide/operations.md has a line that this test cannot follow: ${line}`);
  }
}

test('dumped and restored into an empty database as the page says, all runs go on', async () => {
  const before = (
    (await (await gateway('/runs?goal=flights-in-warehouse')).json()) as { items: { id: string }[] }
  ).items;
  const ids = await Promise.all(['one', 'two', 'three'].map((batch) => begin(`restored-${batch}`)));
  for (const name of ['worker-1', 'worker-2']) await cluster.kill(name);
  // However quick those were, this one is open.
  ids.push(await begin('restored-four'));
  const folder = await mkdtemp(join(tmpdir(), 'goalkeeper-backup-'));
  try {
    // Nothing of them can be done before the backup: what ends them is the restored history.
    const open = (
      await Promise.all(ids.map(async (id) => ((await outcomeOf(id)) === null ? [id] : [])))
    ).flat();
    expect(open).toContain(ids.at(-1));
    await follow('backup', folder);
    for (const name of ['worker-1', 'worker-2', 'gateway-1', 'gateway-2', 'temporal', 'postgresql'])
      await cluster.kill(name);
    await rm(join(home, 'volumes', 'postgres-data'), { recursive: true });
    await follow('restore', folder);
    await expect
      .poll(() => Promise.all(open.map((id) => outcomeOf(id, 1))), PATIENT)
      .toEqual(open.map(() => 'achieved'));
    for (const { id } of before) await expect.poll(() => outcomeOf(id), PATIENT).toBe('achieved');
  } finally {
    await rm(folder, { recursive: true });
  }
}, 600_000);
