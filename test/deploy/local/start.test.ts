import { cp, mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort, isPortFree } from '../../../deploy/local/free-port.ts';
import type { Run, RunError } from '../../../goals/wire/run-view.ts';
import { Launch } from './launch.ts';
import { letThrough, openPorts } from './page-requests.ts';

const launched: Launch[] = [];
afterEach(async () => {
  await Promise.all(launched.splice(0).map((launch) => launch.interrupt()));
});

async function launch(...args: Parameters<typeof Launch.run>): Promise<Launch> {
  const started = await Launch.run(...args);
  launched.push(started);
  return started;
}

/** A gateway whose Temporal is slow for a moment is asked again. */
async function read<T>(url: string): Promise<T> {
  for (const until = Date.now() + 60_000; ; ) {
    const answer = await fetch(url);
    if (answer.status !== 503 || Date.now() > until) return (await answer.json()) as T;
  }
}

async function expectNothingLeft({ ports }: Launch): Promise<void> {
  expect(ports.length).toBeGreaterThan(0);
  for (const port of ports) expect(await isPortFree(port), `port ${port} is free again`).toBe(true);
}

test('the demo ends as it should: two goals achieved with errors healed, the third failed for its true cause', async () => {
  const demo = await launch(['--demo']);
  expect(await demo.exit(), demo.output).toBe(0);
  expect(demo.output.match(/ACHIEVED in .* recovered/g), demo.output).toHaveLength(2);
  expect(demo.output).toMatch(/ {4}~ .*http_503/);
  expect(demo.output).toMatch(/ {4}~ .*body_truncated/);
  expect(demo.output).toMatch(/ {4}~ .*timeout: no result after/);
  expect(demo.output).toMatch(/FAILED after .* · job · licence_expired/);
  expect(demo.output).toContain('first true cause: attempt 1 of import-fares#1, a permanent error');
  const report = /open (\S+\.html) in a browser/.exec(demo.output)?.[1] as string;
  expect(await readFile(report, 'utf8')).toContain('<svg');
  await expectNothingLeft(demo);
});

test('without the faults of the landing server nothing is left to recover: no error is staged', async () => {
  const demo = await launch(['--demo'], { env: { FAULTS: 'none' } });
  expect(await demo.exit(), demo.output).toBe(0);
  expect(demo.output.match(/ACHIEVED in /g), demo.output).toHaveLength(2);
  // A machine that is busy with other tests may still be too slow for a job's two seconds.
  const errors = demo.output.split('\n').filter((line) => line.includes(' ~ '));
  expect(errors.filter((line) => !line.includes('timeout: no result after'))).toEqual([]);
});

describe('npm start', () => {
  let home: string;
  let first: Launch;
  let flights: Run;

  beforeAll(async () => {
    home = await Launch.home();
    // As an earlier version left it, for everybody to read.
    await mkdir(join(home, '.goalkeeper'), { mode: 0o755 });
    await writeFile(join(home, '.goalkeeper', 'worker.log'), 'before\n', { mode: 0o644 });
    first = await Launch.run([], { home });
    await first.says('Ctrl-C stops everything');
  });
  afterAll(() => first?.interrupt());

  /** Processes that the launcher has started, by name. */
  const partsOf = async (): Promise<Record<string, number>> => {
    const { parts } = JSON.parse(await readFile(join(home, '.goalkeeper', 'running.json'), 'utf8')) as {
      parts: { name: string; pid: number }[];
    };
    return Object.fromEntries(parts.map(({ name, pid }) => [name, pid]));
  };

  test('serves what was pursued, with its outcomes and errors', async () => {
    const { items } = await read<{ items: Run[] }>(`${first.url}/runs`);
    expect(items.map(({ goal, outcome }) => [goal, outcome])).toEqual(
      expect.arrayContaining([
        ['flights-in-warehouse', 'achieved'],
        ['delay-report', 'achieved'],
        ['fares-in-warehouse', 'failed'],
      ]),
    );
    flights = items.find(({ goal }) => goal === 'flights-in-warehouse') as Run;
    const errors = await read<{ items: RunError[] }>(`${first.url}/runs/${flights.id}/errors`);
    expect(errors.items).toHaveLength(flights.errors.recovered);
    expect(errors.items.every(({ disposition }) => disposition === 'recovered')).toBe(true);
  });

  test.runIf(process.platform === 'linux')(
    'has no port at which a page of the web is let through, be it cross-site or by a name that points here',
    async () => {
      const log = await readFile(join(home, '.goalkeeper', 'temporal.log'), 'utf8');
      const metrics = Number(/Metrics: +http:\/\/localhost:(\d+)/.exec(log)?.[1]);
      const ports = openPorts([first.pid]);
      // The gateway, the landing zone, and six of Temporal: gRPC, three within, its HTTP API, its metrics.
      expect(ports.length, JSON.stringify(ports)).toBeGreaterThanOrEqual(7);
      expect(ports.map(({ port }) => port)).toContain(first.port);
      const through = (await Promise.all(ports.map(letThrough))).flat();
      // The development server's own page of figures cannot be switched off, and takes no orders.
      expect(through.filter((line) => !line.startsWith(`GET /metrics at 127.0.0.1:${metrics} `))).toEqual([]);
    },
  );

  test('says where its logs are, and keeps all it writes for its user alone', async () => {
    const data = join(home, '.goalkeeper');
    expect(first.output).toMatch(new RegExp(`logs +\\S*${data}\\n`));
    const open = [];
    for (const name of ['.', ...(await readdir(data))]) {
      const { mode } = await stat(join(data, name));
      if ((mode & 0o077) !== 0) open.push(`${name} ${mode.toString(8)}`);
    }
    expect(open).toEqual([]);
    expect(await readFile(join(data, 'worker.log'), 'utf8')).toMatch(/^before\n\{/);
    expect(await readdir(data)).toEqual(expect.arrayContaining(['temporal.db', 'gateway.log']));
  });

  test('a second start in the same folder says how to join the first, and joins it when told to', async () => {
    const second = await launch(['examples/first-goal'], { home });
    expect(await second.exit()).toBe(1);
    const joining = /join its Temporal: TEMPORAL_ADDRESS=(127\.0\.0\.1:\d+) PORT=\d+ npm start/.exec(
      second.output,
    );
    expect(second.output).toContain(`its gateway is ${first.url}`);
    expect(second.output).toContain(`process ${first.pid}`);
    expect(second.output).not.toContain('locked');
    const beside = await launch(['examples/first-goal'], {
      home,
      env: { TEMPORAL_ADDRESS: joining?.[1] as string },
    });
    await beside.says('Ctrl-C stops everything');
    expect(await read<Run>(`${beside.url}/runs/${flights.id}`)).toMatchObject({ outcome: 'achieved' });
    expect(await beside.interrupt()).toBe(0);
    expect(await readdir(join(home, '.goalkeeper', `beside-${beside.port}`))).toContain('worker.log');
  });

  test.each(['worker', 'gateway', 'Temporal'])(
    'a %s that was killed is started again, and said so',
    async (name) => {
      const { [name]: pid } = await partsOf();
      process.kill(pid as number, 'SIGKILL');
      const spoken = name === 'Temporal' ? name : `the ${name}`;
      await first.says(`${spoken} was ended by SIGKILL; starting it again`);
      await first.says(`${spoken} is up again`);
      expect((await partsOf())[name]).not.toBe(pid);
      const reads = () =>
        read<Run>(`${first.url}/runs/${flights.id}`).then(
          ({ outcome }) => outcome,
          () => null,
        );
      await expect.poll(reads, { timeout: 60_000, interval: 100 }).toBe('achieved');
      if (name !== 'worker') return;
      // Which the worker started anew finds where the landing zone is.
      await fetch(`${first.url}/goals/fares-in-warehouse/runs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ input: { batch: 'anew' } }),
      });
      const code = () =>
        read<Run>(`${first.url}/runs/fares-in-warehouse:anew`).then(({ failure }) => failure?.code);
      await expect.poll(code, { timeout: 60_000, interval: 100 }).toBe('licence_expired');
    },
  );

  test('stops everything in seconds, and keeps what was pursued; what a SIGKILL ends, ends with all it started', async () => {
    const before = performance.now();
    expect(await first.interrupt()).toBe(0);
    expect(performance.now() - before, 'milliseconds to stop').toBeLessThan(15_000);
    await expectNothingLeft(first);

    const second = await launch(['examples/first-goal'], { home, env: { GOALKEEPER_UI: '1' } });
    await second.says('Ctrl-C stops everything');
    const ui = /its own UI (http:\/\/127\.0\.0\.1:\d+)\n/.exec(second.output)?.[1] as string;
    await expect.poll(() => fetch(ui).then(({ status }) => status)).toBe(200);
    expect(first.output).not.toContain('its own UI');
    const kept = await read<Run>(`${second.url}/runs/${flights.id}`);
    expect(kept).toMatchObject({ outcome: 'achieved', errors: flights.errors });
    const goals = await read<{ items: { goal: string; retired: boolean }[] }>(`${second.url}/goals`);
    expect(goals.items.map(({ goal, retired }) => [goal, retired])).toEqual([
      ['delay-report', false],
      ['fares-in-warehouse', false],
      ['flights-in-warehouse', false],
      ['orders-counted', false],
    ]);
    const pids = Object.values(await partsOf());
    expect(pids).toHaveLength(3);
    await second.kill();
    // Not by their numbers: where nobody reaps orphans, those outlive them.
    const ports = [...new Set(second.ports)];
    const free = () => Promise.all(ports.map(isPortFree));
    await expect.poll(free, { timeout: 60_000, interval: 50 }).toEqual(ports.map(() => true));
    await expect.poll(() => openPorts(pids), { timeout: 60_000, interval: 50 }).toEqual([]);
  });
});

test('a busy port is told in a sentence, with nothing left running', async () => {
  const port = await freePort();
  const holder = createServer().listen(port, '127.0.0.1');
  const start = await launch([], { port });
  expect(await start.exit()).toBe(1);
  expect(start.output).toContain(`port ${port} of 127.0.0.1 is taken by another process`);
  expect(start.output).toContain('PORT=');
  expect(start.output).not.toContain('    at ');
  holder.close();
});

test('a Temporal that cannot be had is told in a sentence, with nothing left running', async () => {
  const start = await launch([], { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });
  expect(await start.exit()).toBe(1);
  expect(start.output).toContain('no Temporal server answers at 127.0.0.1:1');
  expect(start.output).not.toContain('    at ');
  expect(await isPortFree(start.port)).toBe(true);
});

test('a broken goal file is told with the file and what is wrong in it, with nothing left running', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'team-'));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'goals.ts'), 'export default [{ kind: "goal" ;\n');
  await writeFile(join(folder, 'jobs.ts'), 'export const jobs = [];\n');
  const start = await launch([folder]);
  expect(await start.exit()).toBe(1);
  expect(start.output).toContain(`${join(folder, 'goals.ts')} cannot be loaded`);
  expect(await isPortFree(start.port)).toBe(true);
});

test('a folder that is no team is told, and so is a port that is none', async () => {
  const start = await launch(['no/such/folder']);
  expect(await start.exit()).toBe(1);
  expect(start.output).toContain("a team's folder holds goals.ts and jobs.ts");
  const port = await launch([], { env: { PORT: 'http' } });
  expect(await port.exit()).toBe(1);
  expect(port.output).toContain("PORT is 'http'");
});

test('Ctrl-C while it is still starting leaves nothing behind', async () => {
  const start = await launch([]);
  await start.says('starting worker and gateway');
  expect(await start.interrupt()).toBe(130);
  expect(await isPortFree(start.port)).toBe(true);
});

test('a main job that does not end as it is meant to is told, and the exit code is not 0', async () => {
  const home = await Launch.home();
  const folder = join(home, 'mine');
  await cp('examples/first-goal', folder, { recursive: true });
  for (const file of ['goals.ts', 'jobs.ts']) {
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file), text.replaceAll("'../../", "'../"));
  }
  await writeFile(
    join(folder, 'main-job.ts'),
    `export const mainJob = {
      servers: [],
      pursuits: () => [{ goal: 'orders-counted', input: { day: '2026-11-22' }, ends: 'achieved' }],
    };`,
  );
  const demo = await launch(['mine', '--demo'], { home });
  expect(await demo.exit(), demo.output).toBe(1);
  expect(demo.output).toMatch(/FAILED after .* criteria · criterion_not_met/);
  expect(demo.output).toContain('✗ there were orders (not a single order)');
  expect(demo.output).toContain('this should have ended achieved');
});
