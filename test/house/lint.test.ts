// Lint and compiler say in the editor what the other guards say in the suite.

import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REPO } from './arrows.ts';
import { lintRules } from './lint-rules.ts';

/** What a command prints, however it ends. */
const printed = (command: string, args: readonly string[], cwd: string): Promise<string> =>
  new Promise((resolve) => {
    execFile(join(REPO, 'node_modules/.bin', command), args, { cwd }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gk-lint-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(file: string, text: string): Promise<string> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

describe('lint', () => {
  const files = {
    'workflows/bad.ts': [
      "import { sleep } from '@temporalio/workflow';",
      "import { readFile } from 'node:fs/promises';",
      "import { bind } from '../activities/bind.ts';",
      'export async function load(): Promise<void> {',
      "  await readFile('x');",
      '  await sleep(bind);',
      '}',
      'load();',
    ],
    'workflows/good.ts': [
      "import { sleep } from '@temporalio/workflow';",
      "import goals from '#goals';",
      "import { names } from '../goals/wire/names.ts';",
      "import { goal } from '../goals/index.ts';",
      "import { z } from 'zod';",
      "import { steps } from './steps.ts';",
      'export const all = [sleep, goals, names, goal, z, steps];',
    ],
    'goals/wire/bad.ts': ["import { goal } from '../goal.ts';", 'export const x = goal;'],
    'goals/bad.ts': ["import { sleep } from '@temporalio/workflow';", 'export const x = sleep;'],
    'goals/good.ts': ["import { names } from './wire/names.ts';", 'export const x = names;'],
    'activities/bad.ts': ["import { run } from '../workflows/index.ts';", 'export const x = run;'],
    'activities/good.ts': [
      "import { readFile } from 'node:fs/promises';",
      "import { worker } from '@temporalio/worker';",
      'export const x = [readFile, worker];',
    ],
    'views/bad.ts': ["import { goal } from '../goals/goal.ts';", 'export const x = goal;'],
    'gateway/bad.ts': [
      "import { team } from '../activities/team.ts';",
      "import type { Goal } from '../goals/index.ts';",
      "import { worker } from '@temporalio/worker';",
      'export const x: Goal = [team, worker];',
    ],
    'workflows/run/bad.ts': [
      "import { bind } from '../../activities/bind.ts';",
      "import { classify } from '../../activities/attempts/classify.ts';",
      'export const x = [bind, classify];',
    ],
    'workflows/run/good.ts': [
      "import { sleep } from '@temporalio/workflow';",
      "import { sha256 } from '../../goals/wire/text/sha256.ts';",
      "import goals from '../maps/maps.ts';",
      "import { steps } from '../steps/steps.ts';",
      'export const x = [sleep, sha256, goals, steps];',
    ],
    'activities/runners/command/good.ts': [
      "import { classify } from '../../attempts/classify.ts';",
      "import { redact } from '../../redact.ts';",
      "import { exitCodes } from '../http/exchange.ts';",
      'export const x = [classify, redact, exitCodes];',
    ],
    'gateway/pages/good.ts': [
      "import { readFile } from 'node:fs/promises';",
      "import { limit } from 'hono/body-limit';",
      "import { names } from '../../goals/wire/names.ts';",
      "import { app } from '../app.ts';",
      'export const x = [readFile, limit, names, app];',
    ],
    'deploy/local/bad.ts': ["import { app } from '../../gateway/app.ts';", 'export const x = app;'],
  };
  /** `file:line rule` of all that lint finds. */
  let found: string[];

  beforeAll(async () => {
    await copyFile(join(REPO, 'biome.json'), join(folder, 'biome.json'));
    await copyFile(join(REPO, '.gitignore'), join(folder, '.gitignore'));
    for (const [file, lines] of Object.entries(files)) await write(file, `${lines.join('\n')}\n`);
    const output = await printed('biome', ['lint', '--reporter=github', '--max-diagnostics=none'], folder);
    found = [...output.matchAll(/^::error title=lint\/\w+\/(\w+),file=([^,]+),line=(\d+)/gm)].map(
      ([, rule, file, line]) => `${file?.replace(/^.*gk-lint-[^/]+\//, '')}:${line} ${rule}`,
    );
  });

  test('finds every import that is no arrow of its folder, and none that is', () => {
    expect(found.filter((one) => one.endsWith('noRestrictedImports')).sort()).toEqual([
      'activities/bad.ts:1 noRestrictedImports',
      'deploy/local/bad.ts:1 noRestrictedImports',
      'gateway/bad.ts:1 noRestrictedImports',
      'gateway/bad.ts:2 noRestrictedImports',
      'gateway/bad.ts:3 noRestrictedImports',
      'goals/bad.ts:1 noRestrictedImports',
      'goals/wire/bad.ts:1 noRestrictedImports',
      'views/bad.ts:1 noRestrictedImports',
      'workflows/bad.ts:2 noRestrictedImports',
      'workflows/bad.ts:3 noRestrictedImports',
      'workflows/run/bad.ts:1 noRestrictedImports',
      'workflows/run/bad.ts:2 noRestrictedImports',
    ]);
  });

  test('finds a floating promise, which in Temporal code is the bug', () => {
    expect(found.filter((one) => one.endsWith('noFloatingPromises'))).toEqual([
      'workflows/bad.ts:8 noFloatingPromises',
    ]);
  });

  test('finds nothing else in files that are fine', () => {
    expect(found.filter((one) => one.includes('good.ts'))).toEqual([]);
  });

  test('has the rules that the table of arrows comes to: `npm run lint-rules` writes them', async () => {
    const { overrides } = JSON.parse(await readFile(join(REPO, 'biome.json'), 'utf8'));
    const rules = lintRules();
    expect(overrides.slice(0, rules.length)).toEqual(rules);
  });
});

describe.each(['goals', 'workflows', 'views'])('the compiler, in %s', (place) => {
  /** What it says of a snippet that is compiled with all files of the folder, so with all types they bring along. */
  async function complaintsOf(name: string, ...lines: string[]): Promise<string[]> {
    const snippet = await write(`${place}-${name}.mts`, `${lines.join('\n')}\nexport {};\n`);
    const project = await write(
      `${place}-${name}.json`,
      JSON.stringify({
        extends: join(REPO, place, 'tsconfig.json'),
        include: [join(REPO, place, '**/*.ts'), snippet],
      }),
    );
    const output = await printed('tsc', ['-p', project, '--noEmit', '--pretty', 'false'], REPO);
    return [...output.matchAll(/^(.*?)\((\d+),\d+\): error TS\d+: (.*)$/gm)].map(
      ([, file, line, message]) => {
        expect(file?.endsWith(`${place}-${name}.mts`)).toBe(true);
        return `${line} ${message}`;
      },
    );
  }

  test('knows neither Node nor the web: no process, no timer, no socket, no file', async () => {
    const complaints = await complaintsOf(
      'impure',
      'process.env.HOME;',
      'setInterval(() => undefined, 1);',
      "fetch('http://localhost');",
      "Buffer.from('x');",
      "import 'node:fs';",
      'new WebSocket("ws://localhost");',
      'performance.now();',
    );
    const lines = complaints.map((one) => Number(one.split(' ')[0]));
    expect([...new Set(lines)].sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(complaints[0]).toContain("Cannot find name 'process'");
  });

  test('knows the language', async () => {
    const complaints = await complaintsOf(
      'pure',
      "const names = new Map([['a', 1]]);",
      'export const all = [...names].toSorted().map(([name]) => name.replaceAll("a", "b"));',
      'export const later = Promise.all([Promise.resolve(new Date(0))]);',
    );
    expect(complaints).toEqual([]);
  });
});
