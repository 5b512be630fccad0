// The page that a job's author follows: its tables are the code's, and its examples run.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../activities/runners/command/exit-codes.ts';
import { command } from '../../activities/runners/command.ts';
import { type CaseVerdict, conform } from '../../cli/conform/conform.ts';
import { CONFORM_CASES } from '../../cli/conform/conform-cases.ts';
import { isRefusing, jobMessageSchema } from '../../goals/wire/error-envelope.ts';
import { errorClasses } from '../../goals/wire/ledger.ts';
import { jobVariables } from '../../goals/wire/names.ts';
import { Attempt } from '../activities/runners/attempt.ts';

const REPO = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${REPO}docs/reference/job-contract.md`, 'utf8');

/** The cells of the table whose header begins so. */
const table = (header: string): string[][] =>
  page
    .slice(page.indexOf(`| ${header} |`))
    .split('\n\n', 1)[0]
    ?.split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    ) ?? [];

/** The nth block of code in a language. */
const block = (language: string, n = 0): string =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))][n]?.[1] as string;

const has = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

async function verdicts(argv: readonly string[], env: Record<string, string> = {}): Promise<CaseVerdict[]> {
  const all: CaseVerdict[] = [];
  for await (const verdict of conform({ argv, env, timeoutMs: 60_000 })) all.push(verdict);
  return all;
}

const wrong = (all: readonly CaseVerdict[]): string[] =>
  all
    .filter(({ result }) => result !== 'right')
    .map(({ name, fault, stderr }) => [name, fault, ...stderr].join('\n'));

describe('docs/reference/job-contract.md', () => {
  test('has every exit code with a meaning of its own', () => {
    expect(table('exit code')).toEqual([
      ['0', 'success', '–'],
      ...Object.entries(EXIT_CODES).map(([code, { means, class: kind }]) => [code, means, kind]),
    ]);
  });

  test('has every class, and whether it is tried again', () => {
    const rows = table('class').map(([kind, , again]) => [kind, again]);
    expect(rows.sort()).toEqual(errorClasses.map((kind) => [kind, isRefusing(kind) ? 'no' : 'yes']).sort());
  });

  test('has every variable, and every case that conform tries', () => {
    expect(table('variable').map(([name]) => name)).toEqual(Object.values(jobVariables));
    expect(table('case').map(([name]) => name)).toEqual(CONFORM_CASES.map(({ name }) => name));
  });

  test('shows messages as they are read', () => {
    const messages = block('json').trim().split('\n');
    expect(messages).toHaveLength(4);
    for (const message of messages)
      expect(jobMessageSchema.safeParse(JSON.parse(message)).success).toBe(true);
  });

  describe('its bash script', () => {
    test.skipIf(!has('jq'))(
      'conforms, and does its work (needs jq to read JSON)',
      { timeout: 90_000 },
      async () => {
        const file = join(await mkdtemp(join(tmpdir(), 'bash-')), 'job.sh');
        await writeFile(file, block('bash'));
        expect(wrong(await verdicts(['bash', file]))).toEqual([]);
        const program = command({ argv: ['bash', file] });
        const attempt = new Attempt();
        expect(await attempt.run(program, { file })).toEqual({ lines: block('bash').split('\n').length - 1 });
        expect(attempt.messages).toEqual([`counting the lines of ${file}`]);
        expect(await new Attempt().fail(program, { file: '/no/such' })).toMatchObject({
          code: 'no_such_file',
          class: 'data',
          message: 'there is no /no/such',
        });
      },
    );
  });

  describe.each(['python', 'ts'])('its %s example', (language) => {
    test('conforms, and does its work', { timeout: 90_000 }, async () => {
      const folder = await mkdtemp(join(tmpdir(), `${language}-`));
      await mkdir(join(folder, 'jobs'));
      const file = join(folder, 'jobs', language === 'ts' ? 'job.mts' : 'job.py');
      await mkdir(join(folder, 'node_modules'));
      await symlink(REPO, join(folder, 'node_modules', 'goalkeeper'));
      await writeFile(file, block(language));
      const argv =
        language === 'ts'
          ? [process.execPath, '--import', `${REPO}node_modules/tsx/dist/loader.mjs`, file]
          : ['python3', file];
      const env = { PYTHONPATH: `${REPO}program/python` };
      expect(wrong(await verdicts(argv, env))).toEqual([]);
      const attempt = new Attempt({ attempt: 2 });
      expect(await attempt.run(command({ argv, env }), { day: '2025-01-01' })).toEqual({
        rows: 3,
        attempt: 2,
      });
      expect([attempt.progress, attempt.checkpoints]).toEqual([[[1, 2, 'loading']], [{ row: 1 }]]);
      expect(await new Attempt().fail(command({ argv, env }), { day: '2027-01-01' })).toMatchObject({
        code: 'too_early',
        class: 'permanent',
        message: 'no such day yet',
      });
    });
  });
});
