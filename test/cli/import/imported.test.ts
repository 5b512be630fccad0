// An imported crontab, as a person uses it: the command line, the folder that it wrote, a real worker.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type { Binding } from '../../../activities/bind.ts';
import { check } from '../../../goals/check.ts';
import type { Goal } from '../../../goals/index.ts';
import { Workbench } from '../../engine/workbench.ts';

const REPO = fileURLToPath(new URL('../../..', import.meta.url));
const elsewhere = mkdtempSync(join(tmpdir(), 'gk-crontab-'));
/** In the repository, so that its modules find the package by its name. */
const folder = mkdtempSync(join(REPO, 'test/cli/import/.written-'));
afterAll(() => {
  for (const made of [elsewhere, folder]) rmSync(made, { recursive: true, force: true });
});

function goalkeeper(args: readonly string[], input = ''): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${REPO}cli/goalkeeper.js`, ...args], {
    ...{ cwd: elsewhere, input },
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

async function loaded(of: string): Promise<{ module: string; goals: Goal[]; jobs: Binding[] }> {
  const module = join(of, 'goals.ts');
  const { default: goals } = await import(pathToFileURL(module).href);
  const { jobs } = await import(pathToFileURL(join(of, 'jobs.ts')).href);
  expect(
    check(
      goals,
      jobs.map(({ job }: Binding) => job),
    ),
  ).toEqual([]);
  return { module, goals, jobs };
}

const CRONTAB = `MAILTO=ops@example.com
CRON_TZ=Europe/Berlin
GREETING="hello there"
# What stdin says arrives
0 3 * * *  cat > ${elsewhere}/stdin.txt%one%two
@daily  test "$GREETING" = 'hello there' && echo "it's $SHELL" > ${elsewhere}/shell.txt
5 4 * * *  echo all is well; echo 'disk full' >&2; exit 3
@reboot  /bin/true
`;

test('a crontab becomes goals that run: stdin arrives, the exit code decides, and the error holds what stderr said', async () => {
  const { code, out, err } = goalkeeper(['import', 'crontab', '-', '--out', folder], CRONTAB);
  expect(err).toMatch(/^-:8: refused: @reboot is not a time/);
  expect(out).toBe(`3 goals in ${folder}/goals.ts, their commands in ${folder}/jobs.ts; 1 lines refused\n`);
  expect(code).toBe(1);

  const { module, goals, jobs } = await loaded(folder);
  const bench = await Workbench.open();
  onTestFinished(() => bench.close());
  await bench.worker(module, goals, jobs);
  const input = { time: '2026-11-28T02:00:00.000Z' };
  const stories = await Promise.all(goals.map((goal) => bench.pursue(goal, input)));
  const [stdin, shell, failing] = stories.map(({ run }) => run);
  expect(stdin).toMatchObject({ outcome: 'achieved', output: { exitCode: 0 }, owner: 'ops@example.com' });
  expect(readFileSync(join(elsewhere, 'stdin.txt'), 'utf8')).toBe('one\ntwo\n');
  expect(shell).toMatchObject({ outcome: 'achieved' });
  expect(readFileSync(join(elsewhere, 'shell.txt'), 'utf8')).toBe("it's /bin/sh\n");
  expect(failing).toMatchObject({ outcome: 'failed', failure: { kind: 'job', code: 'exit_3' } });
  expect(failing?.failure?.cause?.message).toContain('disk full');

  // It writes once.
  const again = goalkeeper(['import', 'crontab', '-', '--out', folder], CRONTAB);
  expect(again.code).toBe(2);
  expect(again.err).toContain('has goals.ts and jobs.ts already, and nothing is overwritten');
  const none = goalkeeper(['import', 'crontab', '-', '--out', join(elsewhere, 'none')], '@reboot x\n');
  expect(none.code).toBe(2);
  expect(none.err).toContain('no line that can be taken over');
});

test('wrap makes the goal of one script', async () => {
  writeFileSync(join(elsewhere, 'nightly.sh'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  const out = mkdtempSync(join(folder, 'wrapped-'));
  const args = ['--schedule', '0 5 * * *', '--out', out, '--', './nightly.sh', '--full'];
  expect(goalkeeper(['wrap', ...args])).toMatchObject({ code: 0, err: '' });
  const { goals } = await loaded(out);
  expect(goals).toMatchObject([{ name: 'nightly', on: [{ terms: { cron: ['0 5 * * *'] } }] }]);
  expect(readFileSync(join(out, 'jobs.ts'), 'utf8')).toContain(`'${join(elsewhere, 'nightly.sh')}'`);
});
