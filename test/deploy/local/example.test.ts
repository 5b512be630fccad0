import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { isPortFree } from '../../../deploy/local/free-port.ts';
import { startOwnProcess } from '../../../deploy/local/own-process.ts';
import { Launch } from './launch.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const launched: Launch[] = [];
afterEach(async () => {
  await Promise.all(launched.splice(0).map((launch) => launch.interrupt()));
});

async function example(name: string[], env: Record<string, string> = {}): Promise<Launch> {
  const started = await Launch.run(['--example', ...name], { env });
  launched.push(started);
  return started;
}

// Without Python one of its services cannot run, which the launcher says (below).
test.skipIf(!hasPython)(
  'api-glue is achieved over services that fail: healed on the way, or handled by a fallback',
  async () => {
    const run = await example(['api-glue']);
    expect(await run.exit(), run.output).toBe(0);
    expect(run.output).toMatch(/ACHIEVED in .* · \d+ errors recovered, \d+ handled/);
    for (const healed of [
      'http_503',
      'output_truncated',
      'index_cold',
      'timeout',
      'paper_jam',
      'no_airport_near',
    ])
      expect(run.output).toMatch(new RegExp(` {4}~ .*${healed}: `));
    const bulletin = /open (\S+\.html) in a browser/.exec(run.output)?.[1] as string;
    const rows = (await readFile(bulletin, 'utf8')).match(/<tr><td>.*/g) ?? [];
    expect(rows).toHaveLength(12);
    expect(rows.some((row) => /112 km from Murray \(EKA\)/.test(row))).toBe(true);
    expect(rows.some((row) => /Mexico/.test(row))).toBe(true);
    for (const port of run.ports) expect(await isPortFree(port), `port ${port} is free again`).toBe(true);
  },
);

test.skipIf(!hasPython)('without the faults of its services only the fallbacks are left', async () => {
  const run = await example(['api-glue'], { FAULTS: 'none' });
  expect(await run.exit(), run.output).toBe(0);
  expect(run.output).toMatch(/ACHIEVED in .* · 0 errors recovered, \d+ handled/);
});

test.skipIf(!hasPython)('model is trained, approved and in place, and its cluster is gone', async () => {
  const run = await example(['model']);
  expect(await run.exit(), run.output).toBe(0);
  expect(run.output).toMatch(/ACHIEVED in /);
  expect(run.output).toMatch(/✓ train-model#1/);
  expect(run.output).toMatch(/✓ in place/);
});

test('an example that there is not is answered with those that there are', async () => {
  const [unknown, none] = await Promise.all([example(['nothing']), example([])]);
  expect(await unknown.exit()).toBe(1);
  expect(unknown.output).toContain("there is no example 'nothing'. Write: npm run example -- ");
  expect(unknown.output).toMatch(/api-glue \| .*warehouse/);
  expect(await none.exit()).toBe(1);
  expect(none.output).toContain('which example?');
  expect(none.output).not.toContain('    at ');
});

test('where Python is missing it is said, and how to mend it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'no-python-'));
  const options = { env: { PATH: folder }, log: join(folder, 'log') };
  await expect(startOwnProcess('airports', 'airports.py', [], options)).rejects.toThrow(
    /^the airports cannot start: .*install Python 3\.8 or later, so that `python3` is found$/s,
  );
  await expect(startOwnProcess('airports', 'airports.rb', [], options)).rejects.toThrow('nothing here runs');
});
