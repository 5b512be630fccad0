// The helpers for programs, in TypeScript and in Python: what a job does wrong is told, and nothing of it is lost.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { AnyRunner } from '../../activities/bind.ts';
import { command } from '../../activities/runners/command.ts';
import { Attempt } from '../activities/runners/attempt.ts';

const REPO = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'programs-'));
const SLOWLY = { timeout: 60_000 };
let files = 0;

const PYTHON = {
  start: (body: string) => [
    'python3',
    written('py', `import os, sys, time, threading\nfrom goalkeeper import *\n${body}\njob(run)\n`),
  ],
  prints: 'def run(given, context):\n    print("loading")\n    os.system("echo loaded")\n    return given',
  throws: 'def run(given, context):\n    raise KeyError("rows")',
  type: 'KeyError',
  returnsNothing: 'def run(given, context):\n    pass',
  returnsNoJson: 'def run(given, context):\n    return {"x": float("nan")}',
  shows:
    'def run(given, context):\n    artifact.table("counts", [{"n": 1, "at": None}, {"n": 2.5}])\n    artifact.link("there", "https://example.com")\n    artifact.image("large", "data:image/png;base64," + "A" * 70000)',
  checkpointsNoJson: 'def run(given, context):\n    checkpoint({"x": float("nan")})\n    return 1',
  returnsMuch: 'def run(given, context):\n    return "ü" * 500_000',
  waits: `def run(given, context):
    progress(0)
    try:
        time.sleep(300)
    finally:
        print("cleaned up")`,
  fails:
    'def run(given, context):\n    raise JobError("busy", code="busy", retry_after=3, details={"at": 1})',
};

const TYPESCRIPT: typeof PYTHON = {
  start: (body: string) => [
    process.execPath,
    '--import',
    `${REPO}node_modules/tsx/dist/loader.mjs`,
    written(
      'mts',
      `import { setTimeout as delay } from 'node:timers/promises';
import { execSync } from 'node:child_process';
import { retryAfter } from '${REPO}goals/index.ts';
import { jobProgram } from '${REPO}program/job-program.ts';
${body}
await jobProgram(run);
`,
    ),
  ],
  prints:
    'const run = async (given) => { console.log("loading"); process.stdout.write("loaded\\n"); return given; };',
  throws:
    'const run = async () => { setTimeout(() => { throw new RangeError("rows"); }); await delay(300_000); };',
  type: 'RangeError',
  returnsNothing: 'const run = () => undefined;',
  shows:
    'const run = (_, { artifact }) => { artifact.table("counts", [{ n: 1, at: null }, { n: 2.5 }]); artifact.link("there", "https://example.com"); artifact.image("large", "data:image/png;base64," + "A".repeat(70000)); };',
  checkpointsNoJson: 'const run = (given, { checkpoint }) => { checkpoint({ x: NaN }); return 1; };',
  returnsNoJson: 'const run = async () => { const x: any = {}; x.x = x; return x; };',
  returnsMuch: 'const run = () => "ü".repeat(500_000);',
  waits:
    'const run = async (_, { signal, progress }) => { progress(0); try { await delay(300_000, 0, { signal }); } finally { console.log("cleaned up"); } };',
  fails: 'const run = () => { throw retryAfter("3s", "busy", { code: "busy", details: { at: 1 } }); };',
};

function written(extension: string, code: string): string {
  const file = join(folder, `job-${files++}.${extension}`);
  writeFileSync(file, code);
  return file;
}

describe.each([
  ['Python', PYTHON],
  ['TypeScript', TYPESCRIPT],
])('a job in %s', (_, language) => {
  const program = (name: Exclude<keyof typeof PYTHON, 'start' | 'type'>): AnyRunner =>
    command({ argv: language.start(language[name]), env: { PYTHONPATH: `${REPO}program/python` } });

  test('may print: that is log, and never mixes with its output', SLOWLY, async () => {
    const attempt = new Attempt();
    expect(await attempt.run(program('prints'), { text: 'Zürich 🚀' })).toEqual({ text: 'Zürich 🚀' });
    expect(attempt.messages.sort()).toEqual(['loaded', 'loading']);
  });

  test('that throws something odd is tried again, and the log has where it was thrown', SLOWLY, async () => {
    const attempt = new Attempt();
    expect(await attempt.fail(program('throws'))).toMatchObject({
      type: language.type,
      code: 'unclassified',
      class: 'transient',
      message: expect.stringContaining('rows'),
    });
    expect(attempt.messages.join('\n')).toMatch(/job-\d+\.(py|mts)/);
  });

  test('that tells when to try again is obeyed', SLOWLY, async () => {
    expect(await new Attempt().fail(program('fails'))).toMatchObject({
      code: 'busy',
      message: 'busy',
      retryAfterMs: 3000,
      details: { at: 1 },
    });
  });

  test('that returns nothing has the output null', SLOWLY, async () => {
    expect(await new Attempt().run(program('returnsNothing'))).toBeNull();
  });

  test('that returns what is no JSON is told so', SLOWLY, async () => {
    expect(await new Attempt().fail(program('returnsNoJson'))).toMatchObject({
      code: 'output_not_json',
      class: 'data',
    });
  });

  test('shows tables, links and images with its run; one that is too large is counted', SLOWLY, async () => {
    const attempt = new Attempt();
    await attempt.run(program('shows'));
    const rows = [
      [1, null],
      [2.5, null],
    ];
    expect(attempt.artifacts).toEqual([
      { kind: 'table', name: 'counts', columns: ['n', 'at'], rows },
      { kind: 'link', name: 'there', address: 'https://example.com' },
      null,
    ]);
    expect(attempt.messages).toEqual([]);
  });

  test('whose checkpoint is no JSON is told so', SLOWLY, async () => {
    expect(await new Attempt().fail(program('checkpointsNoJson'))).toMatchObject({
      code: 'checkpoint_invalid',
      class: 'data',
    });
  });

  test('that returns a million bytes has them arrive whole', SLOWLY, async () => {
    expect(await new Attempt().run(program('returnsMuch'))).toBe('ü'.repeat(500_000));
  });

  test('that is told to stop cleans up', SLOWLY, async () => {
    const attempt = new Attempt();
    const running = attempt.fail(program('waits'));
    await expect.poll(() => attempt.progress, { timeout: 60_000 }).toHaveLength(1);
    attempt.cancel();
    await running;
    expect(attempt.messages).toContain('cleaned up');
  });
});
