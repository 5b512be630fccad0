// The guide of the client: its code compiles in this repository's strictest settings, and its names are the client's.

import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';

const guide = await readFile('docs/guide/client.md', 'utf8');
const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);

const GOALS = `import { goal } from 'goalkeeper';
import { z } from 'zod';
export default [
  goal({
    ...{ name: 'daily-revenue', outcome: 'It is there', owner: 'a', team: 'a', key: ['day'] },
    ...{ input: z.object({ day: z.string() }), output: z.object({ rows: z.number() }) },
    criteria: { there: () => true },
    pursue: async () => ({ rows: 1 }),
  }),
];
`;

test('the code of the guide compiles, in its order', async () => {
  expect(blocks.length).toBeGreaterThan(3);
  // Below the repository, so that the package has its own name there.
  const folder = join('node_modules', '.guide-of-the-client');
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(join(folder, 'goals.ts'), GOALS);
    await writeFile(join(folder, 'guide.ts'), blocks.join('\n'));
    const compilerOptions = { lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'], types: [] };
    const files = ['goals.ts', 'guide.ts'];
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, files, include: [], exclude: [] }),
    );
    const tsc = promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder]);
    expect(
      await tsc.then(
        () => '',
        ({ stdout }: { stdout: string }) => stdout,
      ),
    ).toBe('');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the parts that the guide names are all of them', () => {
  const parts = Object.keys(createClient({ url: 'http://gateway' }));
  for (const part of parts.filter((one) => !['goals', 'goal'].includes(one)))
    expect(guide).toMatch(new RegExp(`\`(?:client\\.)?${part}\``));
});
