import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { CONFORM_CASES } from '../../cli/conform/conform-cases.ts';

const REPO = fileURLToPath(new URL('../..', import.meta.url));
const SLOWLY = { timeout: 90_000 };

interface Told {
  code: number;
  out: string;
  err: string;
}

async function goalkeeper(...args: string[]): Promise<Told> {
  const child = spawn(process.execPath, [`${REPO}cli/goalkeeper.js`, ...args], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, out, err };
}

/** The result of each case in the table. */
const results = ({ out }: Told): Record<string, string> =>
  Object.fromEntries(
    [...out.matchAll(/^ {2}(right|WRONG|not tried) +([\w-]+) /gm)].map(([, result, name]) => [name, result]),
  ) as Record<string, string>;

const wrongOf = (told: Told): string[] =>
  Object.entries(results(told)).flatMap(([name, result]) => (result === 'right' ? [] : [name]));

/** Starts a program in a session of its own, and waits for it. */
const OF_ITS_OWN =
  "python3 -c 'import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:], start_new_session=True))'";

let job: string;

/** conform on a shell script that may start the job as "$@". */
const conform = (script: string, ...options: string[]): Promise<Told> =>
  goalkeeper(
    'conform',
    '--env',
    `PYTHONPATH=${REPO}program/python`,
    ...options,
    '--',
    'bash',
    '-c',
    script,
    'bash',
    'python3',
    job,
  );

beforeAll(async () => {
  job = join(await mkdtemp(join(tmpdir(), 'conform-')), 'job.py');
  await writeFile(
    job,
    'from goalkeeper import job\njob(lambda given, context: print("its own work") or 1)\n',
  );
});

describe('goalkeeper conform', () => {
  test('finds nothing wrong with a program that uses a helper, and ends with 0', SLOWLY, async () => {
    const told = await goalkeeper(
      'conform',
      '--env',
      `PYTHONPATH=${REPO}program/python`,
      '--',
      'python3',
      job,
    );
    expect(told.out).toContain(`${CONFORM_CASES.length} of ${CONFORM_CASES.length} right`);
    expect(told.code).toBe(0);
    expect(Object.keys(results(told))).toEqual(CONFORM_CASES.map(({ name }) => name));
  });

  test.each([
    ['loses its exit code', '"$@" | cat', ['crash', 'data'], ['crash']],
    ['loses its stderr', '"$@" 2>/dev/null', ['progress', 'data', 'crash'], ['progress', 'data']],
    ['loses its environment', 'env -u GOALKEEPER_CHECKPOINT "$@"', ['context', 'data'], ['context']],
    ['keeps SIGTERM to itself', `trap "" TERM; ${OF_ITS_OWN} "$@"`, ['cancel', 'hang'], ['cancel']],
  ])('finds out that what starts the program %s', SLOWLY, async (_, script, cases, wrong) => {
    const told = await conform(script, ...cases.flatMap((name) => ['--case', name]));
    expect(Object.keys(results(told))).toEqual(
      CONFORM_CASES.map(({ name }) => name).filter((name) => name === 'success' || cases.includes(name)),
    );
    expect(wrongOf(told).sort()).toEqual(wrong.sort());
    expect(told.out).toMatch(/WRONG[^\n]*\n +but +\S[\s\S]* mend +\S/);
    expect(told.code).toBe(1);
  });

  test.each([
    ['does nothing', 'true', 'it failed as data, output_empty', '30s'],
    ['hands back its input', 'cat', 'it ended well, with the output {"text":"Zürich', '30s'],
    ['prints a banner', 'echo hello; exec "$@"', 'it begins with "hello', '30s'],
    ['fails', 'echo "no such file" >&2; exit 3', 'exit_3: bash ended with exit code 3: no such file', '30s'],
    ['never ends', 'sleep 300', 'it failed as transient, timeout', '1s'],
  ])(
    'gives one that %s advice on every case, and does not let it do its work again and again',
    SLOWLY,
    async (_, script, fault, timeout) => {
      const told = await conform(script, '--timeout', timeout);
      expect(told.code).toBe(1);
      expect(Object.values(results(told))).toEqual([
        'WRONG',
        ...CONFORM_CASES.slice(1).map(() => 'not tried'),
      ]);
      expect(told.out.replace(/\s+/g, ' ')).toContain(fault);
      expect(told.out.match(/^ +mend +\S/gm)).toHaveLength(CONFORM_CASES.length);
      expect(told.out).toContain(`0 of ${CONFORM_CASES.length} right`);
    },
  );

  test('says of a program that is not there just that', SLOWLY, async () => {
    const { out, code } = await goalkeeper('conform', '--', 'no-such-program');
    expect(out).toContain('no-such-program was not found');
    expect(code).toBe(1);
  });
});

describe('the command line', () => {
  test.each([
    [['nope'], "unknown command 'nope'"],
    [['conform', '--nope', '--', 'cat'], "unknown option '--nope'"],
    [['conform'], "missing required argument 'command'"],
    [['conform', '--timeout', 'soon', '--', 'cat'], "Give a duration, such as '30s'."],
    [['conform', '--env', 'NOT_SET_HERE', '--', 'cat'], 'NOT_SET_HERE is not set here'],
    [['conform', '--case', 'nope', '--', 'cat'], 'The cases are success, context,'],
    [['conform', '--output', 'file', '--', 'cat'], 'Allowed choices are stdout, fd3'],
  ])('%j is refused: %s', async (args, message) => {
    const { code, err } = await goalkeeper(...args);
    expect(err).toContain(message);
    expect(code).toBe(1);
  });

  test('tells what there is', async () => {
    const { code, out } = await goalkeeper('--help');
    expect(out).toContain('conform');
    expect(code).toBe(0);
  });

  test('is had by its name in a clone', SLOWLY, async () => {
    const child = spawn('npx', ['--no-install', 'goalkeeper', '--version'], {
      cwd: REPO,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect((await text(child.stdout)).trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
