import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Run } from '../../goals/wire/run-view.ts';
import { Launch } from '../deploy/local/launch.ts';

const readme = await readFile('README.md', 'utf8');
const run = promisify(execFile);

test('the files that the README shows are the files that run', async () => {
  const shown = [...readme.matchAll(/<!-- file: (\S+) -->\n```ts\n([\s\S]*?)```/g)];
  expect(shown).toHaveLength(2);
  for (const [, path, text] of shown) expect(text).toBe(await readFile(path as string, 'utf8'));
});

test('the commands that the README gives are scripts that there are', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const [, name] of readme.matchAll(/npm (?:run )?(start|test|demo|example)\b/g))
    expect(scripts).toHaveProperty(name as string);
  expect(await readFile('.ci/run', 'utf8')).toContain('npm ci && npm test');
});

test('a newcomer who follows the README to a first goal sees what it says', async () => {
  const start = await Launch.run(['examples/first-goal']);
  try {
    await start.says('Ctrl-C stops everything');
    const commands = [...readme.matchAll(/<!-- run -->\n```sh\n([\s\S]*?)```/g)].map(([, command]) =>
      (command as string).replaceAll('127.0.0.1:3000', `127.0.0.1:${start.port}`),
    );
    expect(commands).toHaveLength(2);
    const answers: Run[] = [];
    for (const command of commands)
      answers.push(JSON.parse((await run('sh', ['-c', command])).stdout) as Run);
    expect(answers[0]).toMatchObject({ outcome: 'achieved', output: { orders: 2 } });
    expect(answers[0]?.criteria.every(({ met }) => met)).toBe(true);
    expect(answers[1]).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'criteria' },
      errors: { fatal: 0 },
    });
    const again = JSON.parse((await run('sh', ['-c', commands[0] as string])).stdout) as Run;
    expect(again.execution).toBe(answers[0]?.execution);
  } finally {
    await start.interrupt();
  }
});
