import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startChild } from '../../../deploy/local/child-process.ts';
import { freePort, isPortFree } from '../../../deploy/local/free-port.ts';
import { findTemporal } from '../../../deploy/local/temporal-binary.ts';
import {
  startTemporalServer,
  type TemporalServer,
  type TemporalServerOptions,
} from '../../../deploy/local/temporal-server.ts';
import { letThrough, openPorts } from './page-requests.ts';

const PATIENT = { timeout: 4000, interval: 20 };

let binary: string;
let root: string;
let databaseFile: string;
let ends: (() => Promise<void>)[];

beforeAll(async () => {
  binary = await findTemporal();
}, 600_000);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'goalkeeper-server-'));
  databaseFile = join(root, 'made', 'when missing', 'runs.db');
  ends = [];
});

afterEach(async () => {
  await Promise.all(ends.map((end) => end()));
  rmSync(root, { recursive: true, force: true });
});

async function start(options: Partial<TemporalServerOptions> = {}): Promise<TemporalServer> {
  const server = await startTemporalServer({ binary, uiPort: false, ...options });
  ends.push(server.kill);
  return server;
}

async function clientOf(server: TemporalServer): Promise<Client> {
  const connection = await Connection.connect({ address: server.address });
  ends.push(() => connection.close());
  return new Client({ connection });
}

async function takenPort(): Promise<number> {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  ends.push(async () => void other.close());
  return port;
}

const portOf = (server: TemporalServer): number => Number(server.address.split(':')[1]);
const isGone = (pid: number): boolean => {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
};
const failureOf = (options: Partial<TemporalServerOptions>): Promise<Error> =>
  start(options).then(
    () => expect.fail('it started'),
    (error: Error) => error,
  );

describe('a started server', () => {
  it('takes a workflow at once, by its default namespace', async () => {
    const client = await clientOf(await start());
    const handle = await client.workflow.start('any', { workflowId: 'one', taskQueue: 'none' });
    expect((await handle.describe()).status.name).toBe('RUNNING');
  });

  it('has the port it was given, and no pages of its own when none are wanted', async () => {
    const port = await freePort();
    const server = await start({ port });
    expect(server.address).toBe(`127.0.0.1:${port}`);
    expect(server.uiAddress).toBeNull();
    expect(await isPortFree(port)).toBe(false);
  });

  it.runIf(process.platform === 'linux')('can be reached by 127.0.0.1 only', async () => {
    const socket = connect(portOf(await start()), '127.0.0.2');
    await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED');
  });

  it('shows Temporal’s own pages when a UI is wanted', async () => {
    const server = await start({ uiPort: await freePort() });
    expect(server.uiAddress).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await vi.waitFor(async () => expect((await fetch(server.uiAddress as string)).status).toBe(200), PATIENT);
  });

  it('shows them to pages and programs of this machine only, and is itself where no page can guess it', async () => {
    const uiPort = await freePort();
    const server = await start({ uiPort });
    await vi.waitFor(async () => expect((await fetch(server.uiAddress as string)).status).toBe(200), PATIENT);
    const guard = { host: '127.0.0.1', port: uiPort, pid: process.pid };
    expect(await letThrough(guard)).toEqual([]);
    const workflows = `${server.uiAddress}/api/v1/namespaces/default/workflows`;
    await vi.waitFor(async () => expect(await (await fetch(workflows)).json()).toEqual({}), PATIENT);
    // It gives the token to whoever reads a page of it; from its own origin it may be used.
    const page = await fetch(server.uiAddress as string);
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    const cookies = page.headers.getSetCookie().map((cookie) => cookie.split(';')[0] as string);
    const token = cookies.find((cookie) => cookie.startsWith('_csrf='))?.slice(6) ?? '';
    const begin = (origin: string) =>
      fetch(`${workflows}/by-hand`, {
        method: 'POST',
        headers: {
          ...{ origin, cookie: cookies.join('; '), 'x-csrf-token': token },
          'content-type': 'application/json',
        },
        body: JSON.stringify({ workflowType: { name: 'any' }, taskQueue: { name: 'none' } }),
      }).then(({ status }) => status);
    expect(await begin('http://evil.example')).toBe(403);
    expect(await begin(server.uiAddress as string)).toBe(200);
    if (process.platform !== 'linux') return;
    const behind = openPorts([server.pid]).filter(({ host }) => host !== '127.0.0.1');
    expect(behind).toHaveLength(1);
    expect(behind[0]?.host).toMatch(/^127(\.\d+){3}$/);
  });

  it('takes no order over its HTTP API, whoever asks', async () => {
    const server = await start();
    const metrics = '/metrics';
    const through = (await Promise.all(openPorts([server.pid]).map(letThrough))).flat();
    expect(through.filter((line) => !line.startsWith(`GET ${metrics} `))).toEqual([]);
    const port = openPorts([server.pid]).map(async (one) => {
      const url = `http://127.0.0.1:${one.port}/api/v1/namespaces/default/workflows/page`;
      const answer = await fetch(url, { method: 'POST', body: '{}' }).catch(() => null);
      return answer && `${answer.status} ${await answer.text()}`;
    });
    expect(await Promise.all(port)).toContainEqual(
      expect.stringContaining('403 {"code": 7, "message": "Host not allowed"}'),
    );
  });

  it('shares the machine with others started at the same moment', async () => {
    const servers = await Promise.all([start(), start(), start()]);
    expect(new Set(servers.map(portOf)).size).toBe(3);
  });

  it('does not heed settings meant for clients', async () => {
    vi.stubEnv('TEMPORAL_ENV', 'an-unknown-one');
    try {
      expect((await start()).address).toMatch(/^127\.0\.0\.1:/);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('is a process group of its own, so that a Ctrl-C in the terminal passes it by', async () => {
    const { pid } = await start();
    expect(process.kill(-pid, 0)).toBe(true);
  });

  it('writes what it says to the log, after what was there', async () => {
    const log = join(root, 'logs', 'temporal.log');
    mkdirSync(join(root, 'logs'));
    writeFileSync(log, 'before\n');
    await start({ log });
    await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toMatch(/^before\n(.*\n)*Server: /), PATIENT);
  });
});

describe('a server with a database file', () => {
  it('has every acknowledged run again after a SIGKILL', async () => {
    const before = await start({ databaseFile });
    const client = await clientOf(before);
    const ids = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    await Promise.all(
      ids.map((workflowId) => client.workflow.start('any', { workflowId, taskQueue: 'none' })),
    );
    await before.kill();
    expect(isGone(before.pid)).toBe(true);

    const again = await clientOf(await start({ databaseFile }));
    for (const id of ids) {
      expect((await again.workflow.getHandle(id).describe()).status.name).toBe('RUNNING');
    }
    await vi.waitFor(async () => expect((await again.workflow.count()).count).toBe(ids.length), PATIENT);
  });

  it('shares it with no second server', async () => {
    const first = await start({ databaseFile });
    const failure = await failureOf({ databaseFile });
    expect(failure.message).toContain(`the database file ${databaseFile} is in use by another process`);
    await (await clientOf(first)).workflow.start('any', { workflowId: 'unharmed', taskQueue: 'none' });
  });
});

describe('ending', () => {
  it('leaves no process and frees the port, however often it is asked', async () => {
    const onExit = vi.fn();
    const server = await start({ onExit });
    await clientOf(server);
    await Promise.all([server.stop(), server.stop()]);
    expect(isGone(server.pid)).toBe(true);
    expect(await isPortFree(portOf(server))).toBe(true);
    await server.stop();
    await server.kill();
    expect(onExit).not.toHaveBeenCalled();
  });

  it('of its own accord is told, with what it said last', async () => {
    const onExit = vi.fn();
    const log = join(root, 'temporal.log');
    const server = await start({ onExit, log });
    await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain('Server: '), PATIENT);
    process.kill(server.pid, 'SIGKILL');
    await vi.waitFor(() => expect(onExit).toHaveBeenCalledOnce(), PATIENT);
    expect(onExit).toHaveBeenCalledWith(
      { code: null, signal: 'SIGKILL' },
      expect.stringContaining('Server: '),
    );
  });

  it.each(['a mistake', 'SIGKILL'])(
    'comes with a launcher that %s ends',
    async (what) => {
      const port = await freePort();
      const server = new URL('../../../deploy/local/temporal-server.ts', import.meta.url).href;
      const options = JSON.stringify({ binary, port, uiPort: false, log: join(root, 'temporal.log') });
      const end = what === 'SIGKILL' ? 'setInterval(() => {}, 1000)' : `throw new Error('${what}')`;
      const script = `const { startTemporalServer } = await import(${JSON.stringify(server)});
      console.log((await startTemporalServer(${options})).address);
      ${end};`;
      const tsx = ['--import', 'tsx', '--input-type=module', '-e', script];
      const launcher = spawn(process.execPath, tsx, { stdio: ['ignore', 'pipe', 'pipe'] });
      ends.push(async () => void launcher.kill('SIGKILL'));
      const ended = once(launcher, 'exit');
      let stderr = '';
      launcher.stderr.on('data', (bytes: Buffer) => (stderr += bytes));
      const [said] = (await once(launcher.stdout, 'data')) as [Buffer];
      expect(said.toString()).toBe(`127.0.0.1:${port}\n`);
      if (what === 'SIGKILL') launcher.kill(what);
      expect(await ended).toEqual(what === 'SIGKILL' ? [null, what] : [1, null]);
      if (what !== 'SIGKILL') expect(stderr).toContain(what);
      await vi.waitFor(async () => expect(await isPortFree(port)).toBe(true), PATIENT);
    },
    20_000,
  );

  it('needs no consent: what does not heed SIGTERM gets SIGKILL', async () => {
    const ready = vi.fn();
    const script = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready');";
    const child = await startChild(process.execPath, ['-e', script], { env: {}, onLine: ready });
    ends.push(child.kill);
    await vi.waitFor(() => expect(ready).toHaveBeenCalled(), PATIENT);
    await child.stop(100);
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(isGone(child.pid)).toBe(true);
  });
});

describe('a server that cannot start says why and leaves no process', () => {
  it('when its port is busy', async () => {
    const port = await takenPort();
    const failure = await failureOf({ port });
    expect(failure.message).toBe(
      `Temporal's server cannot start: port ${port} of 127.0.0.1 is taken by another process.`,
    );
  });

  it('when the port of its UI is busy', async () => {
    const uiPort = await takenPort();
    expect((await failureOf({ uiPort })).message).toContain(`port ${uiPort} of 127.0.0.1 is taken`);
  });

  it('when another Temporal server has the port, rather than taking that for its own', async () => {
    const other = await start();
    expect((await failureOf({ port: portOf(other) })).message).toContain('is taken by another process');
  });

  it('when its database file is something else, with what Temporal said, from the log as from memory', async () => {
    const notes = join(root, 'notes.txt');
    writeFileSync(notes, 'These are notes, not a database. '.repeat(100));
    const log = join(root, 'temporal.log');
    for (const failure of [
      await failureOf({ databaseFile: notes }),
      await failureOf({ databaseFile: notes, log }),
    ]) {
      expect(failure.message).toMatch(
        /^Temporal's server cannot start: it ended with exit code 1\. It said:\n/,
      );
      expect(failure.message).toContain('file is not a database');
    }
  });

  it('when there is no such command', async () => {
    expect((await failureOf({ binary: join(root, 'none') })).message).toContain('none was not found');
  });

  it('when aborted', async () => {
    const abort = new AbortController();
    const log = join(root, 'temporal.log');
    const failure = failureOf({ signal: abort.signal, log });
    await vi.waitFor(() => expect(existsSync(log)).toBe(true), { ...PATIENT, interval: 1 });
    const stopped = new Error('Ctrl-C');
    abort.abort(stopped);
    expect(await failure).toBe(stopped);
  });
});

describe('a free port', () => {
  it('is free, and given to nobody else who asks soon after', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, freePort));
    expect(new Set(ports).size).toBe(50);
    expect(await isPortFree(ports[0] as number)).toBe(true);
  });
});
