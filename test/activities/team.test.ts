// A team's folder as a worker loads it. In a process of its own with tsx, as the worker is: what Node says of a file
// that does not load is what an author reads.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const REPO = fileURLToPath(new URL('../..', import.meta.url));
const GOALS = JSON.stringify(join(REPO, 'goals/index.ts'));
const BIND = JSON.stringify(join(REPO, 'activities/bind.ts'));

const goals = `
import { z } from ${JSON.stringify(join(REPO, 'node_modules/zod/index.js'))};
import { goal, job } from ${GOALS};
export const load = job({ name: 'load', input: z.object({}), output: z.object({}) });
export const there = goal({
  name: 'there', outcome: 'It is there', owner: 'tests', team: 'tests',
  input: z.object({}), output: z.object({}), key: [], jobs: [load],
  criteria: { there: () => true },
  pursue: async (_, { run }) => run(load, {}),
});
export default [there];
`;
const jobs = `
import { bind } from ${BIND};
import { load } from './goals.ts';
export const jobs = [bind(load, async () => ({}))];
`;

interface Loaded {
  team?: {
    goalsModule: string;
    goals: { name: string }[];
    jobs: { job: { name: string } }[];
    version: number;
  };
  /** Whether the job that is bound is the very one that the goal uses. */
  same?: boolean;
  problem?: { name: string; code: string; message: string };
}

let root: string;
let results: Record<string, Loaded>;

const folders: Record<string, Record<string, string>> = {
  whole: { 'goals.ts': goals, 'jobs.ts': jobs },
  'no-goals': { 'jobs.ts': jobs },
  'no-jobs': { 'goals.ts': goals },
  'syntax-error': { 'goals.ts': 'export const a = 1;\nexport default [;\n', 'jobs.ts': jobs },
  'syntax-error-in-jobs': { 'goals.ts': goals, 'jobs.ts': 'export const jobs = [\n\n}\n' },
  throws: { 'goals.ts': '\nexport default [goal({})];\n', 'jobs.ts': jobs },
  'throws-below': {
    'goals.ts': "import './parts/below.ts';\nexport default [];\n",
    'parts/below.ts': "\n\nthrow new Error('no such setting');\n",
    'jobs.ts': jobs,
  },
  'throws-null': { 'goals.ts': 'throw null;\n', 'jobs.ts': jobs },
  'missing-import': { 'goals.ts': "import './nowhere.ts';\nexport default [];\n", 'jobs.ts': jobs },
  'missing-package': { 'goals.ts': "import 'no-such-package';\nexport default [];\n", 'jobs.ts': jobs },
  'jobs-object': { 'goals.ts': goals, 'jobs.ts': 'export const jobs = { load: 1 };\n' },
  'jobs-unexported': { 'goals.ts': goals, 'jobs.ts': 'const jobs = [];\nexport default jobs;\n' },
  'jobs-unbound': {
    'goals.ts': goals,
    'jobs.ts': "import { load } from './goals.ts';\nexport const jobs = [load];\n",
  },
  'jobs-undefined': { 'goals.ts': goals, 'jobs.ts': 'export const jobs = [undefined];\n' },
};

const versions: Record<string, string> = {
  valid: '42',
  zero: '0',
  longest: '999999999999999',
  empty: '',
  garbage: 'v1.2.3',
  negative: '-1',
  fraction: '1.5',
  padded: ' 42',
  'too-long': '9999999999999999',
};

const NEWEST = new Date('2026-11-20T12:00:00Z');
const OLDER = new Date('2026-11-19T12:00:00Z');

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gk-team-'));
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  for (const [folder, files] of Object.entries(folders))
    for (const [file, text] of Object.entries(files)) {
      const path = join(root, folder, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      await utimes(path, OLDER, OLDER);
    }
  await utimes(join(root, 'whole/jobs.ts'), NEWEST, NEWEST);
  const cases = [
    ...[...Object.keys(folders), 'nowhere'].map((name) => ({
      name,
      folder: join(root, name),
      environment: {},
    })),
    ...Object.entries(versions).map(([name, version]) => ({
      name: `version ${name}`,
      folder: join(root, 'whole'),
      environment: { GOALKEEPER_VERSION: version },
    })),
  ];
  const script = `
    import { loadTeam } from ${JSON.stringify(join(REPO, 'activities/team.ts'))};
    const results = {};
    for (const { name, folder, environment } of ${JSON.stringify(cases)})
      try {
        const team = await loadTeam(folder, environment);
        results[name] = { team, same: team.goals[0]?.jobs[0] === team.jobs[0]?.job };
      } catch ({ name: type, code, message }) {
        results[name] = { problem: { name: type, code, message } };
      }
    console.log(JSON.stringify(results));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { cwd: REPO },
  );
  results = JSON.parse(stdout);
});
afterAll(() => rm(root, { recursive: true }));

const problemOf = (name: string) => results[name]?.problem;

describe('a folder', () => {
  test('with goals.ts and jobs.ts is loaded, and both see the same jobs', () => {
    const { team, same } = results.whole as Loaded;
    expect(team).toMatchObject({
      goalsModule: join(root, 'whole/goals.ts'),
      goals: [{ kind: 'goal', name: 'there' }],
      jobs: [{ job: { name: 'load' } }],
    });
    expect(same).toBe(true);
  });

  test.each([
    ['nowhere', 'nowhere/goals.ts'],
    ['no-goals', 'no-goals/goals.ts'],
    ['no-jobs', 'no-jobs/jobs.ts'],
  ])('that lacks a file is refused with what is missing: %s', (name, file) => {
    expect(problemOf(name)).toEqual({
      name: 'StartProblem',
      code: 'team_missing',
      message: `there is no ${join(root, file)}; a team's folder holds goals.ts and jobs.ts`,
    });
  });

  test.each([
    ['syntax-error', 'goals.ts', /goals\.ts:2:\d+: ERROR: Unexpected ";"/],
    ['syntax-error-in-jobs', 'jobs.ts', /jobs\.ts:3:\d+: ERROR: /],
    ['throws', 'goals.ts', /: goal is not defined\n {2}at .*goals\.ts:2:\d+/],
    ['throws-below', 'goals.ts', /: no such setting\n {2}at .*parts\/below\.ts:3:\d+/],
    ['throws-null', 'goals.ts', /: it threw null/],
    ['missing-import', 'goals.ts', /nowhere\.ts/],
    ['missing-package', 'goals.ts', /no-such-package/],
  ])(
    'whose code does not load is refused with the file, the reason and the place: %s',
    (name, file, reason) => {
      expect(problemOf(name)).toMatchObject({ name: 'StartProblem', code: 'module_broken' });
      const path = join(root, name, file);
      expect(problemOf(name)?.message.startsWith(`${path} cannot be loaded: `)).toBe(true);
      expect(problemOf(name)?.message).toMatch(reason);
      expect(problemOf(name)?.message).not.toContain('node_modules/tsx');
    },
  );

  test.each(['jobs-object', 'jobs-unexported'])(
    'that does not export a list of jobs is refused: %s',
    (name) => {
      expect(problemOf(name)).toEqual({
        name: 'StartProblem',
        code: 'jobs_invalid',
        message: `${join(root, name, 'jobs.ts')} does not export a list \`jobs\`; write \`export const jobs = [bind(myJob, …)]\``,
      });
    },
  );

  test.each(['jobs-unbound', 'jobs-undefined'])('whose jobs are bound to nothing is refused: %s', (name) => {
    expect(problemOf(name)).toEqual({
      name: 'StartProblem',
      code: 'jobs_invalid',
      message: `item 0 of \`jobs\` in ${join(root, name, 'jobs.ts')} is not bound to code; make it with \`bind(myJob, …)\``,
    });
  });
});

describe('the version', () => {
  const versionOf = (name: string) => results[name]?.team?.version;

  test('is when the newest file of the folder was written', () => {
    expect(versionOf('whole')).toBe(NEWEST.getTime());
    expect(versionOf('version empty')).toBe(NEWEST.getTime());
  });

  test('is GOALKEEPER_VERSION where it is set', () => {
    expect(versionOf('version valid')).toBe(42);
    expect(versionOf('version zero')).toBe(0);
    expect(versionOf('version longest')).toBe(999_999_999_999_999);
  });

  test.each(['garbage', 'negative', 'fraction', 'padded', 'too-long'])('is refused when it is %s', (name) => {
    expect(problemOf(`version ${name}`)).toEqual({
      name: 'StartProblem',
      code: 'version_invalid',
      message: `GOALKEEPER_VERSION is '${versions[name]}'; give a whole number that grows with each deploy`,
    });
  });
});
