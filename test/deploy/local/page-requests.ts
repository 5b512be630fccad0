// What a page of the web can send to a port of this machine, and which ports a process has open (Linux tells).

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { request } from 'node:http';

export interface OpenPort {
  host: string;
  port: number;
  pid: number;
}

/** The ports on which these processes, and all that they have started, listen. */
export function openPorts(pids: readonly number[]): OpenPort[] {
  const sockets = new Map<string, number>();
  for (const pid of withDescendants(pids)) for (const inode of socketsOf(pid)) sockets.set(inode, pid);
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    readFileSync(table, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        const pid = sockets.get(inode);
        if (state !== '0A' || pid === undefined) return [];
        const [address = '', port = ''] = local.split(':');
        return [{ host: hostOf(address), port: Number.parseInt(port, 16), pid }];
      }),
  );
}

function withDescendants(pids: readonly number[]): Set<number> {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const];
      } catch {
        return [];
      }
    });
  const found = new Set(pids);
  for (const one of found) for (const [pid, parent] of parents) if (parent === one) found.add(pid);
  return found;
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** As the kernel writes it: four bytes, the last one first. */
function hostOf(address: string): string {
  if (address.length > 8) return '::1';
  return (address.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

/** The status of the answer; 0 where what listens speaks no HTTP/1.1, or is silent. */
function answerTo(
  { host, port }: OpenPort,
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<number> {
  return new Promise((resolve) => {
    const asked = request({ host, port, method, path, headers, timeout: 3000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.once('error', () => resolve(0));
    asked.once('timeout', () => {
      asked.destroy();
      resolve(0);
    });
    asked.end(
      method === 'POST' ? '{"workflowType":{"name":"any"},"taskQueue":{"name":"any"},"input":{}}' : '',
    );
  });
}

const READ = [
  ...['/', '/metrics', '/goals', '/runs', '/api/v1/namespaces/default/workflows', '/namespaces'],
  ...['/api/v1/query?query=up', '/graph', '/debug/pprof/'],
];
const CHANGED = [
  ...['/', '/goals/flights-in-warehouse/runs', '/events', '/api/v1/namespaces/default/workflows/page:csrf'],
  ...['/api/v1/namespaces/default/workflows/page:csrf/terminate', '/-/reload'],
];

/** The requests of a page of elsewhere that were let through: each in a line, with the answer's status. */
export async function letThrough(port: OpenPort): Promise<string[]> {
  const here = `${port.host}:${port.port}`;
  const crossSite = {
    host: here,
    origin: 'http://evil.example',
    'sec-fetch-site': 'cross-site',
    'content-type': 'text/plain',
  };
  const { 'sec-fetch-site': _, ...ofAnOldBrowser } = crossSite;
  const rebound = { host: `evil.example:${port.port}`, origin: `http://evil.example:${port.port}` };
  const requests: [string, string, Record<string, string>][] = [
    ...CHANGED.map((path): [string, string, Record<string, string>] => ['POST', path, crossSite]),
    ...CHANGED.map((path): [string, string, Record<string, string>] => ['POST', path, ofAnOldBrowser]),
    ...CHANGED.map((path): [string, string, Record<string, string>] => [
      'POST',
      path,
      { ...rebound, 'content-type': 'application/json' },
    ]),
    ...READ.map((path): [string, string, Record<string, string>] => ['GET', path, rebound]),
  ];
  const answers = await Promise.all(
    requests.map(async ([method, path, headers]) => {
      const status = await answerTo(port, method, path, headers);
      return status > 0 && status < 400
        ? `${method} ${path} at ${here} as ${headers.host} from ${headers.origin}: ${status}`
        : null;
    }),
  );
  return answers.filter((line) => line !== null);
}
