import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { downloadChecked } from '../../../deploy/local/checked-download.ts';
import {
  DIGESTS,
  type FindTemporalOptions,
  findTemporal,
  TemporalMissing,
} from '../../../deploy/local/temporal-binary.ts';

const ANSWERS =
  "if (process.argv[2] !== '--version') process.exit(2);\nconsole.log('temporal version 1.5.1');\n";
const BROKEN = "console.error('wrong architecture');\nprocess.exit(126);\n";
const PATIENT = { timeout: 4000, interval: 10 };
const NO_ONE_LISTENS = 'http://127.0.0.1:1';

let root: string;
let bin: string;
let cacheDir: string;
let cached: string;
let said: string[];
let servers: Server[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'goalkeeper-binary-'));
  bin = join(root, 'bin');
  cacheDir = join(root, 'cache', 'goalkeeper');
  cached = join(cacheDir, 'temporal-v1.5.1', 'temporal');
  said = [];
  servers = [];
  published = 'nothing';
  mkdirSync(bin);
  // A PATH of our own: the machine's may hold a temporal.
  for (const tool of ['tar', 'gzip'])
    symlinkSync(execFileSync('which', [tool]).toString().trim(), join(bin, tool));
});

afterEach(() => {
  for (const server of servers) server.close();
  rmSync(root, { recursive: true, force: true });
});

const PLATFORMS = ['linux_amd64', 'linux_arm64', 'darwin_amd64', 'darwin_arm64'];
/** What is published, for a test: whatever was served last. */
let published: string;
const digests = (): Record<string, string> =>
  Object.fromEntries(PLATFORMS.map((platform) => [platform, published]));

const find = (options: FindTemporalOptions = {}) =>
  findTemporal({
    env: { PATH: bin },
    digests: digests(),
    cacheDir,
    downloadUrl: NO_ONE_LISTENS,
    goCommand: 'no-such-go',
    onProgress: (line) => said.push(line),
    ...options,
  });

function executable(path: string, script: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!${process.execPath}\n${script}`);
  chmodSync(path, 0o755);
  return path;
}

/** An archive as the official one is; the noise keeps gzip from making it tiny. */
function archive(script = ANSWERS): Buffer {
  const folder = join(root, 'packed');
  executable(join(folder, 'temporal'), `${script}// ${randomBytes(600_000).toString('hex')}\n`);
  writeFileSync(join(folder, 'LICENSE'), 'MIT');
  return execFileSync('tar', ['-czf', '-', '-C', folder, 'LICENSE', 'temporal'], { maxBuffer: 1e7 });
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/cli`;
}

const publish = (bytes: Buffer): Buffer => {
  published = createHash('sha256').update(bytes).digest('hex');
  return bytes;
};

const serveArchive = (given = archive()) => {
  const bytes = publish(given);
  return serve((_request, response) => {
    response.setHeader('content-length', bytes.length);
    response.end(bytes);
  });
};

function serveHalf(announced: boolean): Promise<string> {
  const bytes = publish(archive());
  const head = `HTTP/1.1 200 OK\r\n${announced ? `content-length: ${bytes.length}\r\n` : ''}\r\n`;
  return serve(({ socket }) => socket.write(head) && socket.end(bytes.subarray(0, bytes.length / 2)));
}

/** A `go` that does as go does: modules named on stderr, the result in GOBIN. */
const goThatBuilds = (waitMs = 0) =>
  executable(
    join(root, 'go'),
    `const { writeFileSync, chmodSync } = require('node:fs');
    for (const name of ['a', 'b', 'c']) console.error('go: downloading example.com/' + name + ' v1.0.0');
    writeFileSync(process.env.GOTMPDIR + '/left-over', '');
    setTimeout(() => {
      const path = process.env.GOBIN + '/temporal';
      writeFileSync(path, ${JSON.stringify(`#!${process.execPath}\n`)} + '// ' + process.argv.slice(2).join(' '));
      chmodSync(path, 0o755);
    }, ${waitMs});`,
  );

const ranMark = () => join(root, 'it-ran');

const expectNothingLeft = () => expect(existsSync(cacheDir) ? readdirSync(cacheDir) : []).toEqual([]);

describe('looking on this machine', () => {
  it('takes the temporal on PATH without a word', async () => {
    const own = executable(join(bin, 'temporal'), ANSWERS);
    executable(cached, ANSWERS);
    expect(await find()).toBe(own);
    expect(said).toEqual([]);
  });

  it('passes over one on PATH that does not answer, for a later one on PATH', async () => {
    const broken = join(root, 'broken');
    executable(join(broken, 'temporal'), BROKEN);
    const own = executable(join(bin, 'temporal'), ANSWERS);
    expect(await find({ env: { PATH: `${broken}:${bin}` } })).toBe(own);
  });

  it('gives up on one on PATH that hangs', async () => {
    executable(join(bin, 'temporal'), 'setInterval(() => {}, 1000);');
    executable(cached, ANSWERS);
    expect(await find({ limits: { answer: 1500 } })).toBe(cached);
  });

  it('takes the one in the cache of XDG_CACHE_HOME, or else of the home directory', async () => {
    executable(cached, ANSWERS);
    expect(await find({ cacheDir: undefined, env: { PATH: bin, XDG_CACHE_HOME: join(root, 'cache') } })).toBe(
      cached,
    );
    const home = join(root, 'home');
    const below = executable(join(home, '.cache', 'goalkeeper', 'temporal-v1.5.1', 'temporal'), ANSWERS);
    expect(await find({ cacheDir: undefined, env: { PATH: bin, HOME: home } })).toBe(below);
    expect(said).toEqual([]);
  });
});

describe('downloading', () => {
  it('keeps the official archive’s executable and needs no network the next time', async () => {
    const asked: string[] = [];
    const bytes = publish(archive());
    const downloadUrl = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-length', bytes.length);
      response.end(bytes);
    });
    expect(await find({ downloadUrl })).toBe(cached);
    expect(await find()).toBe(cached);
    expect(asked).toEqual([
      expect.stringMatching(/^\/cli\/v1\.5\.1\/temporal_cli_1\.5\.1_(linux|darwin)_(amd64|arm64)\.tar\.gz$/),
    ]);
    expect(readdirSync(cacheDir)).toEqual(['temporal-v1.5.1']);
    expect(readdirSync(join(cacheDir, 'temporal-v1.5.1'))).toEqual(['temporal']);
  });

  it('says what was missing, what it fetches and how much of it came', async () => {
    await find({ downloadUrl: await serveArchive() });
    expect(said).toEqual([
      '`temporal` on PATH: none there',
      `the cache: ${cached} was not found`,
      expect.stringMatching(/^Downloading http:\/\/127\.0\.0\.1:\d+\/cli\/v1\.5\.1\/temporal_cli_1\.5\.1_/),
      expect.stringMatching(/^Downloaded 0\.[5-9] of 0\.[5-9] MB \(100%\)$/),
    ]);
  });

  it('says how far it is while it waits for bytes', async () => {
    const bytes = publish(archive());
    let finish = () => {};
    const downloadUrl = await serve((_request, response) => {
      response.setHeader('content-length', bytes.length);
      response.write(bytes.subarray(0, bytes.length / 2));
      finish = () => response.end(bytes.subarray(bytes.length / 2));
    });
    const found = find({ downloadUrl, limits: { progress: 20 } });
    await vi.waitFor(() => expect(said.at(-1)).toMatch(/\((49|50)%\)$/), PATIENT);
    finish();
    expect(await found).toBe(cached);
  });

  it('gives two callers at once a whole executable each', async () => {
    const downloadUrl = await serveArchive();
    expect(await Promise.all([find({ downloadUrl }), find({ downloadUrl })])).toEqual([cached, cached]);
    expect(readdirSync(cacheDir)).toEqual(['temporal-v1.5.1']);
    expect(execFileSync(cached, ['--version']).toString()).toContain('1.5.1');
  });

  it('replaces a cached one that does not run', async () => {
    executable(cached, BROKEN);
    expect(await find({ downloadUrl: await serveArchive() })).toBe(cached);
    expect(execFileSync(cached, ['--version']).toString()).toContain('1.5.1');
  });

  it('removes what a launcher killed hours ago left half fetched, and nothing younger', async () => {
    for (const name of ['.fetch-v1.5.1-old', '.fetch-v1.5.1-young'])
      mkdirSync(join(cacheDir, name), { recursive: true });
    const hoursAgo = new Date(Date.now() - 3 * 3_600_000);
    utimesSync(join(cacheDir, '.fetch-v1.5.1-old'), hoursAgo, hoursAgo);
    await find({ downloadUrl: await serveArchive() });
    expect(readdirSync(cacheDir).sort()).toEqual(['.fetch-v1.5.1-young', 'temporal-v1.5.1']);
  });
});

describe('a download that fails leaves nothing in the cache and says why', () => {
  const failures: [what: string, downloadUrl: () => Promise<string>, why: RegExp][] = [
    ['nobody listens', async () => NO_ONE_LISTENS, /ECONNREFUSED|bad port/],
    ['the name is unknown', async () => 'https://no-such-host.invalid', /ENOTFOUND|EAI_AGAIN/],
    [
      'the answer is an error',
      () => serve((_request, response) => response.writeHead(503).end('no')),
      /^the server answered HTTP 503$/,
    ],
    ['the server never answers', () => serve(() => {}), /^no answer for 1 s$/],
    [
      'bytes stop coming',
      () => serve((_request, response) => void response.write('some')),
      /^no bytes came for 1 s$/,
    ],
    ['the server breaks off half way', () => serveHalf(true), /other side closed|terminated|ECONNRESET/],
    [
      'the server breaks off half way and had not said how much would come',
      () => serveHalf(false),
      /^it is not what was published: its SHA-256 is [0-9a-f]{64} and should be [0-9a-f]{64}$/,
    ],
    [
      'it is another archive than the one that was published, which is then neither unpacked nor run',
      async () => {
        const url = await serveArchive(
          archive(`require('node:fs').writeFileSync(${JSON.stringify(ranMark())}, '')`),
        );
        publish(archive());
        return url;
      },
      /^it is not what was published: its SHA-256 is /,
    ],
    [
      'the server sends on to where nobody is known',
      () =>
        serve((_request, response) => response.writeHead(302, { location: 'http://evil.example/x' }).end()),
      /^http:\/\/evil\.example is not https$/,
    ],
    [
      'the server sends on for ever',
      () => serve((request, response) => response.writeHead(302, { location: request.url }).end()),
      /^the server sends on more than 5 times$/,
    ],
    [
      'it is not from https',
      async () => 'http://downloads.invalid',
      /^http:\/\/downloads\.invalid is not https$/,
    ],
    [
      'it is far too large',
      () => serve((_request, response) => response.writeHead(200, { 'content-length': 9e9 }).write('x')),
      /^it is larger than 200\.0 MB$/,
    ],
    [
      'it is no archive',
      () => serveArchive(Buffer.from('<html>sign in</html>')),
      /^ended with exit code \d+: .*tar: /,
    ],
    [
      'its executable does not run',
      () => serveArchive(archive(BROKEN)),
      /^what came does not run: .*wrong arch/,
    ],
  ];
  it.each(failures)('when %s', async (_what, downloadUrl, why) => {
    const limits = { connect: 1000, stall: 1000 };
    const failure: unknown = await find({ downloadUrl: await downloadUrl(), limits }).catch((error) => error);
    expect(failure).toBeInstanceOf(TemporalMissing);
    const line = (failure as Error).message
      .split('\n')
      .find((text) => text.startsWith('- the official download: '));
    expect(line?.slice('- the official download: '.length)).toMatch(why);
    expectNothingLeft();
    expect(existsSync(ranMark())).toBe(false);
  });

  it('when more comes than may come, though nothing was announced', async () => {
    const downloadUrl = await serve((_request, response) => {
      const more = (): unknown => response.write('x'.repeat(50_000), () => response.destroyed || more());
      more();
    });
    const file = join(root, 'archive');
    const limits = { connect: 1000, stall: 1000, progress: 1000 };
    const options = { sha256: 'any', mostBytes: 100_000, limits, say: () => undefined };
    await expect(downloadChecked(downloadUrl, file, options)).rejects.toThrow('it is larger than 0.1 MB');
    expect(existsSync(file)).toBe(false);
  });

  it('when nobody knows what it should be: then it is not asked for, and Go builds what Go checks', async () => {
    const asked: unknown[] = [];
    const downloadUrl = await serve((request, response) => {
      asked.push(request.url);
      response.end();
    });
    await find({ downloadUrl, digests: {}, goCommand: goThatBuilds() });
    expect(said.join('\n')).toMatch(
      /official download: nobody here knows what temporal_cli_1\.5\.1_\w+\.tar\.gz should/,
    );
    expect(asked).toEqual([]);
  });
});

it('knows what is published for each platform', () => {
  expect(Object.keys(DIGESTS).sort()).toEqual([...PLATFORMS].sort());
  for (const digest of Object.values(DIGESTS)) expect(digest).toMatch(/^[0-9a-f]{64}$/);
});

describe('building with Go', () => {
  it('begins when the download is refused, and keeps what go built', async () => {
    expect(await find({ goCommand: goThatBuilds() })).toBe(cached);
    expect(readFileSync(cached, 'utf8')).toContain('install github.com/temporalio/cli/cmd/temporal@v1.5.1');
    expect(readdirSync(cacheDir)).toEqual(['temporal-v1.5.1']);
    expect(said.slice(-3)).toEqual([
      expect.stringMatching(/^the official download: /),
      expect.stringMatching(/^Building with go install .*: about 4 minutes the first time$/),
      expect.stringMatching(/^Building for \d+ s, 3 modules downloaded$/),
    ]);
  });

  it('says how long it has been at it and how many modules came', async () => {
    await find({ goCommand: goThatBuilds(300), limits: { progress: 20 } });
    expect(
      said.filter((line) => /^Building for \d+ s, 3 modules downloaded$/.test(line)).length,
    ).toBeGreaterThan(2);
  });

  it('is given up when it takes too long', async () => {
    const go = executable(join(root, 'go'), 'setInterval(() => {}, 1000);');
    await expect(find({ goCommand: go, limits: { build: 200 } })).rejects.toThrow(/gave up after 0.2 s/);
    expectNothingLeft();
  });
});

describe('when nothing works', () => {
  it('says what was tried, why each failed, and how to mend it', async () => {
    executable(join(bin, 'temporal'), BROKEN);
    const go = executable(
      join(root, 'go'),
      "console.error('go: downloading a v1');console.error('go: no such host');process.exit(1);",
    );
    const failure: unknown = await find({ goCommand: go }).catch((error) => error);
    expect(failure).toBeInstanceOf(TemporalMissing);
    expect(failure).toMatchObject({ code: 'temporal_missing' });
    expect((failure as Error).message.split('\n')).toEqual([
      'No Temporal CLI was found and none could be fetched. Tried:',
      `- \`temporal\` on PATH: ${join(bin, 'temporal')} ended with exit code 126: wrong architecture`,
      `- the cache: ${cached} was not found`,
      expect.stringMatching(/^- the official download: .+/),
      '- go install github.com/temporalio/cli/cmd/temporal@v1.5.1: ended with exit code 1: go: no such host',
      'To mend this: install the Temporal CLI (https://docs.temporal.io/cli) and have it on PATH, or set TEMPORAL_ADDRESS ' +
        'to the host:port of a running server, or install Go (https://go.dev/dl) and try again.',
    ]);
  });

  it('names a missing go and a cache that cannot be written', async () => {
    await expect(find()).rejects.toThrow(/go install .*: no-such-go was not found/);
    writeFileSync(join(root, 'a-file'), '');
    await expect(find({ cacheDir: join(root, 'a-file', 'cache') })).rejects.toThrow(/download: ENOTDIR/);
  });
});

describe('aborting', () => {
  const stopped = new Error('Ctrl-C');

  it('ends at once when it came before the start', async () => {
    await expect(find({ signal: AbortSignal.abort(stopped) })).rejects.toBe(stopped);
    expectNothingLeft();
  });

  it('ends a download and leaves nothing', async () => {
    const abort = new AbortController();
    const downloadUrl = await serve((_request, response) => void response.write('some'));
    const found = find({ downloadUrl, signal: abort.signal, limits: { progress: 20 } });
    const failure = expect(found).rejects.toBe(stopped);
    await vi.waitFor(() => expect(said.at(-1)).toMatch(/^Downloaded /), PATIENT);
    abort.abort(stopped);
    await failure;
    expectNothingLeft();
  });

  it('ends go and what go started, and leaves nothing', async () => {
    const compilers = createTcpServer();
    servers.push(compilers);
    compilers.listen(0, '127.0.0.1');
    await once(compilers, 'listening');
    const { port } = compilers.address() as AddressInfo;
    const compiler = `require('node:net').connect(${port}, '127.0.0.1')`;
    const go = executable(
      join(root, 'go'),
      `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(compiler)}]);`,
    );
    const abort = new AbortController();
    const failure = expect(find({ goCommand: go, signal: abort.signal })).rejects.toBe(stopped);
    const [alive] = (await once(compilers, 'connection')) as [Socket];
    // Not by its process id: where nobody reaps orphans, that outlives it.
    const dead = once(alive.on('error', () => {}).resume(), 'close');
    abort.abort(stopped);
    await failure;
    expectNothingLeft();
    await dead;
  });
});
