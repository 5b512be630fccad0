import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { runRecordSchema } from '../../goals/wire/run-record.ts';

const page = await readFile('docs/reference/run-record.md', 'utf8');

function shown(what: string): [name: string, value: unknown] {
  const found = new RegExp(`<!-- ${what}: (\\S+) -->\n\`\`\`json\n([\\s\\S]*?)\`\`\``).exec(page);
  return [found?.[1] as string, JSON.parse(found?.[2] as string)];
}

async function recorded(name: string) {
  const text = await readFile(`test/histories/0.1.0/${name}.record.json`, 'utf8');
  return runRecordSchema.parse(JSON.parse(text));
}

test('the record that the page shows is one that was recorded, with its stacks cut to a line', async () => {
  const [name, value] = shown('record');
  const record = await recorded(name);
  for (const error of record.errors.entries) if (error.stack) error.stack = `${error.stack.split('\n')[0]} …`;
  expect(value).toEqual(record);
});

test('the actions that it shows are those that were recorded', async () => {
  const [name, value] = shown('actions');
  expect(value).toEqual((await recorded(name)).actions);
});

test('the page names each part, each kind of decision and of action', () => {
  const { shape } = runRecordSchema;
  const decisions = shape.decisions.element.options.map((option) => option.shape.kind.value);
  const parts = Object.keys(shape).filter((part) => !['run', 'execution'].includes(part));
  for (const name of [...parts, ...decisions, ...shape.actions.element.shape.kind.options])
    expect(page).toContain(`\`${name}\``);
});
