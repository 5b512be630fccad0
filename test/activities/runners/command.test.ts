import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CommandOptions, command } from '../../../activities/runners/command.ts';
import { Attempt } from './attempt.ts';
import { buildGoJob, hasGo } from './go-job.ts';

const sh = (script: string, options: Partial<CommandOptions> = {}) =>
  command({ argv: ['sh', '-c', script], ...options });
const python = (script: string, options: Partial<CommandOptions> = {}) =>
  command({ argv: ['python3', '-c', script], ...options });
const scratch = (): Promise<string> => mkdtemp(join(tmpdir(), 'command-'));

describe('a command', () => {
  test('gets its input as JSON on stdin and gives its output as JSON on stdout', async () => {
    const program = python(`
import json, sys
given = json.load(sys.stdin)
print(json.dumps({"rows": len(given["days"]), "city": given["city"]}))`);
    expect(await new Attempt().run(program, { days: [1, 2, 3], city: 'Zürich 東京 🚀' })).toEqual({
      rows: 3,
      city: 'Zürich 東京 🚀',
    });
  });

  test('may run as another user, who cannot read what the worker has', async () => {
    const isRoot = process.getuid?.() === 0;
    const [uid, gid] = isRoot ? [65534, 65534] : [0, 0];
    const asked = sh('id -u; id -g >&2; tr "\\0" "\\n" <"/proc/$PPID/environ" >&2 || echo refused >&2', {
      uid,
      gid,
      cwd: '/',
    });
    if (!isRoot)
      return expect(await new Attempt().fail(asked)).toMatchObject({
        message: expect.stringContaining('not root'),
      });
    const attempt = new Attempt();
    expect(await attempt.run(asked)).toBe(uid);
    expect(attempt.messages).toEqual([String(gid), expect.stringContaining('ermission denied'), 'refused']);
    expect(() => sh('', { uid: -1 })).toThrow('uid or gid is -1');
  });

  test('may be any tool that reads and writes JSON', async () => {
    const sort = command({ argv: ['sort', '-n'] });
    expect(await new Attempt().run(sort, 7)).toBe(7);
    expect(await new Attempt().run(command({ argv: ['cat'] }), null)).toBeNull();
  });

  test.skipIf(!hasGo())(
    'may be a binary built of Go (where Go is on the machine)',
    { timeout: 120_000 },
    async () => {
      const program = command({ argv: [join(buildGoJob(), 'bin/job')], env: { CITY: 'Oslo' } });
      expect(await new Attempt().run(program, { numbers: [1, 2, 3] })).toEqual({
        sum: 6,
        attempt: '1',
        token: 0,
        city: 'Oslo',
      });
      expect(await new Attempt().fail(program, { mode: 'fail' })).toMatchObject({
        code: 'from_go',
        message: 'told in Go',
        class: 'permanent',
        type: 'GoError',
      });
      const { code, class: kind, details } = await new Attempt().fail(program, { mode: 'panic' });
      expect([code, kind]).toEqual(['exit_2', 'transient']);
      expect(JSON.stringify(details)).toContain('panic: out of luck');
    },
  );

  test('gets its arguments as they are: no shell reads them', async () => {
    const folder = await scratch();
    const argument = `$(touch ${folder}/x); "\`id\`" * | > ${folder}/y`;
    const program = command({
      argv: ['python3', '-c', 'import json, sys; print(json.dumps(sys.argv[1:]))', argument, '', 'ä b'],
    });
    expect(await new Attempt().run(program)).toEqual([argument, '', 'ä b']);
    await expect(readFile(join(folder, 'x'))).rejects.toThrow('ENOENT');
    await expect(readFile(join(folder, 'y'))).rejects.toThrow('ENOENT');
  });

  test("has the environment that it is given, PATH, the secrets that the job names, and nothing of the worker's", async () => {
    process.env.OF_THE_WORKER = 'not for jobs';
    const argv = [process.execPath, '-e', 'console.log(JSON.stringify(process.env))'];
    const program = command({ argv, env: { CITY: 'Oslo', HOME: '/nowhere' } });
    const deadline = new Date('2026-11-20T12:00:00Z');
    const attempt = new Attempt({ attempt: 3, deadline, secrets: { API_TOKEN: 'the-token' } });
    const variables = (await attempt.run(program)) as Record<string, string>;
    const { GOALKEEPER_PROCESS, ...others } = variables;
    expect(GOALKEEPER_PROCESS).toMatch(/^[\w-]+\.\d+\.$/);
    expect(others).toEqual({
      PATH: process.env.PATH,
      CITY: 'Oslo',
      HOME: '/nowhere',
      API_TOKEN: 'the-token',
      GOALKEEPER_ATTEMPT: '3',
      GOALKEEPER_IDEMPOTENCY_KEY: 'a-goal:k/a-step#1/abc',
      GOALKEEPER_GOAL: 'a-goal',
      GOALKEEPER_RUN: 'a-goal:k',
      GOALKEEPER_STEP: 'a-step#1',
      GOALKEEPER_REMAINING_MS: '60000',
      GOALKEEPER_OUTPUT_FD: '1',
      GOALKEEPER_DEADLINE: '2026-11-20T12:00:00.000Z',
    });
  });

  test('runs in the folder that it is given', async () => {
    const folder = await scratch();
    const program = python('import json, os; print(json.dumps(os.getcwd()))', { cwd: folder });
    expect(await new Attempt().run(program)).toBe(folder);
  });

  test('may write its output to file descriptor 3; then its stdout is log', async () => {
    const program = sh('echo loading; echo "$GOALKEEPER_OUTPUT_FD" >&3; echo loaded', { output: 'fd3' });
    const attempt = new Attempt();
    expect(await attempt.run(program)).toBe(3);
    expect(attempt.messages).toEqual(['loading', 'loaded']);
  });

  test('need not read its input, however long', async () => {
    expect(await new Attempt().run(sh('exec 0<&-; echo 1'), 'x'.repeat(1_000_000))).toBe(1);
  });

  test('whose declaration is wrong is refused with all that is wrong with it', () => {
    const wrong = {
      argv: [],
      env: { GOALKEEPER_ATTEMPT: '1', OK: 1 },
      memoryMb: -1,
      grace: '1h',
      output: 'fd4',
    } as unknown as CommandOptions;
    expect(() => command(wrong)).toThrow(
      /argv is not a list.*GOALKEEPER_ATTEMPT.*not a text.*memoryMb is -1.*grace is "1h".*output is "fd4"/,
    );
    expect(() => command({ argv: 'python3 load.py' } as unknown as CommandOptions)).toThrow('not a line for');
    expect(() => command({ argv: ['a\0b'] })).toThrow('argv is not a list of texts');
  });
});

describe('what a command tells on stderr', () => {
  const tell = (...messages: unknown[]): string =>
    messages.map((message) => `echo '${JSON.stringify(message)}' >&2`).join('\n');

  test('is logged line by line, and its progress and checkpoints are told while it works', async () => {
    const attempt = new Attempt();
    const folder = await scratch();
    const running = attempt.run(
      sh(`echo starting >&2
${tell({ goalkeeper: 1, progress: { done: 1, total: 4, note: 'loading' } })}
${tell({ goalkeeper: 1, checkpoint: { row: 100 } })}
while [ ! -e ${folder}/go ]; do sleep 0.02; done
${tell({ goalkeeper: 1, progress: { done: 4 } }, { goalkeeper: 1, checkpoint: [2] })}
echo 1`),
    );
    await expect.poll(() => attempt.checkpoints, { timeout: 60_000 }).toEqual([{ row: 100 }]);
    expect(attempt.progress).toEqual([[1, 4, 'loading']]);
    expect(attempt.messages).toEqual(['starting']);
    await writeFile(join(folder, 'go'), '');
    expect(await running).toBe(1);
    expect(attempt.progress.at(-1)).toEqual([4, null, null]);
    expect(attempt.checkpoints).toEqual([{ row: 100 }, [2]]);
  });

  test('is its error, which wins over its exit code', async () => {
    const error = {
      code: 'feed_down',
      message: 'the feed is down',
      class: 'transient',
      type: 'FeedError',
      retryAfter: 90,
      details: { feed: 'eu' },
    };
    for (const exit of [0, 1, 65])
      expect(await new Attempt().fail(sh(`${tell({ goalkeeper: 1, error })}; echo 1; exit ${exit}`))).toEqual(
        expect.objectContaining({
          type: 'FeedError',
          code: 'feed_down',
          message: 'the feed is down',
          class: 'transient',
          permanent: false,
          retryAfterMs: 90_000,
          details: { feed: 'eu' },
        }),
      );
  });

  test.each([
    ['transient', false],
    ['infrastructure', false],
    ['permanent', true],
    ['data', true],
    ['code', true],
  ])('of the class %s decides about the next attempt: permanent is %s', async (kind, permanent) => {
    const error = { code: 'x', message: 'why', class: kind };
    expect(await new Attempt().fail(sh(`${tell({ goalkeeper: 1, error })}; exit 1`))).toMatchObject({
      class: kind,
      permanent,
    });
  });

  test('in a message that cannot be read is told to its author in the log, and kept', async () => {
    const attempt = new Attempt();
    const broken = { goalkeeper: 1, error: { code: 'x', message: 'why', class: 'fatal' } };
    const { code, details } = await attempt.fail(
      sh(`${tell(broken, { goalkeeper: 2 }, { goalkeeper: 1 })}; exit 1`),
    );
    expect(code).toBe('exit_1');
    expect(JSON.stringify(details)).toContain('fatal');
    expect(attempt.log.map(({ level, msg }) => [level, msg])).toEqual([
      [40, expect.stringMatching(/cannot be read: [\s\S]*"transient"[\s\S]*error\.class/)],
      [40, 'a message of the job cannot be read: "goalkeeper" is not 1'],
      [40, expect.stringMatching(/cannot be read: [\s\S]*progress/)],
    ]);
  });

  test('never shows a secret: not in the log, not in the error, not in a note', async () => {
    const secret = 'hunter2-hunter2';
    const attempt = new Attempt({ secrets: { API_TOKEN: secret, KEY: 'first line\nsecond line' } });
    const failure = await attempt.fail(
      sh(
        'echo "token is $API_TOKEN" >&2; printf %s "$KEY" | tail -1 >&2; echo >&2; ' +
          'echo "{\\"goalkeeper\\":1,\\"progress\\":{\\"done\\":1,\\"note\\":\\"$API_TOKEN\\"}}" >&2; echo "{\\"goalkeeper\\":1,\\"error\\":{\\"code\\":\\"x\\",\\"message\\":\\"m\\",\\"details\\":[\\"$API_TOKEN\\"]}}" >&2; exit 3',
      ),
    );
    const all = JSON.stringify([failure, attempt.log, attempt.progress]);
    expect(all).toContain('<redacted>');
    for (const text of [secret, 'second line']) expect(all).not.toContain(text);
  });

  test('is kept bounded: the last lines, each cut, whatever its bytes', async () => {
    const folder = await scratch();
    const garbage = join(folder, 'garbage');
    await writeFile(garbage, Buffer.concat([randomBytes(3_000_000), Buffer.from('\n')]));
    const attempt = new Attempt();
    const { message, details } = await attempt.fail(
      sh(
        `head -c 3000000 /dev/zero | tr '\\0' x >&2; echo >&2; cat ${garbage} >&2; echo 'the last' >&2; exit 9`,
      ),
    );
    expect(message).toBe('sh ended with exit code 9: the last');
    expect(JSON.stringify(details).length).toBeLessThan(1200);
    expect(details).toMatchObject({ exit: 9, stderr: expect.arrayContaining(['the last']) });
    for (const line of attempt.messages) expect(line.length).toBeLessThan(2100);
    expect(attempt.messages.some((line) => line.endsWith('… (3000000 bytes)'))).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none shall be left
    expect(attempt.messages.join('')).not.toMatch(/[\u0000-\u0008\u000e-\u001f]/);
  });

  test('in a flood is shown in part, and the log says so', async () => {
    const attempt = new Attempt();
    const { details } = await attempt.fail(sh('seq 1 200000 >&2; exit 1'));
    expect(attempt.log.length).toBeLessThan(20_000);
    expect(attempt.messages).toContainEqual(expect.stringContaining('lines a second'));
    expect(attempt.messages.at(-1)).toBe('200000');
    expect(details).toMatchObject({ stderr: expect.arrayContaining(['200000']) });
  });
});

describe('what the last attempt kept', () => {
  test('is given to the next in a variable, which is not there when there was nothing', async () => {
    expect(await new Attempt().run(sh('env | grep -c GOALKEEPER_CHECKPOINT || true'))).toBe(0);
    const echo = sh('echo "$GOALKEEPER_CHECKPOINT"');
    const lastCheckpoint = { row: 7, note: 'ä'.repeat(8000) };
    expect(await new Attempt({ lastCheckpoint }).run(echo)).toEqual(lastCheckpoint);
    expect(await new Attempt({ lastCheckpoint: null }).run(echo)).toBeNull();
  });

  test('was refused: then the attempt fails, as it would go on from the wrong place', async () => {
    const checkpoint = (): never => {
      throw Object.assign(new Error('too large'), { code: 'checkpoint_invalid' });
    };
    const told = `echo '${JSON.stringify({ goalkeeper: 1, checkpoint: 'x' })}' >&2; echo 1`;
    expect(await new Attempt({ checkpoint }).fail(sh(told))).toMatchObject({ code: 'checkpoint_invalid' });
    const rounded = `echo '{"goalkeeper":1,"checkpoint":{"id":9223372036854775807}}' >&2; echo 1`;
    expect(await new Attempt().fail(sh(rounded))).toMatchObject({
      code: 'checkpoint_invalid',
      message: expect.stringContaining('the checkpoint is not right: id is 9223372036854775807'),
    });
  });
});

describe('an end that is no success', () => {
  test.each([
    [1, 'transient'],
    [2, 'transient'],
    [64, 'code'],
    [65, 'data'],
    [69, 'transient'],
    [70, 'code'],
    [71, 'infrastructure'],
    [75, 'transient'],
    [77, 'permanent'],
    [78, 'permanent'],
    [125, 'infrastructure'],
    [127, 'code'],
    [255, 'transient'],
  ])('by exit code %i is %s', async (exit, kind) => {
    const failure = await new Attempt().fail(sh(`echo 1; echo why >&2; exit ${exit}`));
    expect(failure).toMatchObject({
      code: `exit_${exit}`,
      class: kind,
      permanent: ['permanent', 'data', 'code'].includes(kind),
      type: 'CommandFailed',
      details: { exit, stderr: ['why'] },
    });
    expect(failure.message).toMatch(new RegExp(`^sh ended with exit code ${exit}.*: why$`));
    expect(failure.stack).toBeUndefined();
  });

  test.each([
    ['kill -SEGV $$', 'command_crashed', 'transient', 'SIGSEGV'],
    ['kill -ABRT $$', 'command_crashed', 'transient', 'SIGABRT'],
    ['kill -KILL $$', 'command_killed', 'infrastructure', 'SIGKILL'],
    ['exit 137', 'command_killed', 'infrastructure', 'SIGKILL'],
    ['sh -c "kill -SEGV \\$\\$" 2>/dev/null; exit $?', 'command_crashed', 'transient', 'SIGSEGV'],
  ])('by a signal (%s) is told with its name', async (script, code, kind, signal) => {
    const failure = await new Attempt().fail(sh(script));
    expect(failure).toMatchObject({ code, class: kind, permanent: false });
    expect(failure.message).toContain(signal);
  });

  test.each([
    ['empty', 'true', 'output_empty', true],
    ['white space', 'printf " \\n"', 'output_empty', true],
    ['not JSON', 'echo "Loading 3 rows"; echo 3', 'output_not_json', true],
    ['two values', 'echo 1; echo 2', 'output_not_json', true],
    ['no UTF-8', 'printf "\\"\\377\\""', 'output_not_json', true],
    ["Python's idea of a number", 'echo "{\\"a\\": NaN}"', 'output_not_json', true],
    ['a number that is rounded', 'echo "[{\\"id\\": 9223372036854775807}]"', 'output_invalid', true],
    ['a number that is too large', 'echo 1e400', 'output_invalid', true],
    ['cut off', 'printf "{\\"rows\\": [1, 2"', 'output_truncated', false],
    ['cut off in a text', 'printf "[\\"abc"', 'output_truncated', false],
  ])('but output that is %s is told by a code of its own', async (_, script, code, permanent) => {
    expect(await new Attempt().fail(sh(script))).toMatchObject({ code, permanent });
  });

  test('by 100 MB of output is ended at once, and the worker never holds it', async () => {
    const before = process.memoryUsage.rss();
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 5);
    const failure = await new Attempt().fail(sh('head -c 100000000 /dev/zero | tr "\\0" 1'));
    clearInterval(timer);
    expect(failure).toMatchObject({ code: 'output_too_large', class: 'data', permanent: true });
    expect((most - before) / 1024 / 1024).toBeLessThan(60);
  });

  test('before it began says what this worker lacks', async () => {
    const folder = await scratch();
    const file = join(folder, 'not-a-program');
    await writeFile(file, 'x');
    await chmod(file, 0o644);
    const failing = (options: CommandOptions) => new Attempt().fail(command(options));
    const fault = { code: 'command_not_found', class: 'infrastructure', permanent: true };
    expect(await failing({ argv: ['no-such-program'] })).toMatchObject({
      ...fault,
      message: 'no-such-program was not found on this worker',
    });
    expect(await failing({ argv: [file] })).toMatchObject({
      ...fault,
      message: `${file} cannot be executed on this worker: EACCES`,
    });
    expect(await failing({ argv: ['true'], cwd: '/no/such/folder' })).toMatchObject({
      ...fault,
      message: 'the folder /no/such/folder to run true in is not there',
    });
  });
});
