import { expect, test } from 'vitest';
import { artifactsTo } from '../../goals/artifacts.ts';
import { ARTIFACT_BYTES, isImageData, isWebAddress, LEFT_OUT } from '../../goals/wire/artifact-bounds.ts';
import { type Artifact, artifactSchema } from '../../goals/wire/artifacts.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';

/** What each call makes. */
function made(make: (artifact: ReturnType<typeof artifactsTo>) => void): (Artifact | null)[] {
  const all: (Artifact | null)[] = [];
  make(artifactsTo((one) => all.push(one)));
  for (const one of all) if (one !== null) expect(artifactSchema.parse(one)).toEqual(one);
  return all;
}

const PIXEL = `data:image/png;base64,${Buffer.from('pixel').toString('base64')}`;

test('a table has a column for each field that any row has, and cells that JSON can carry', () => {
  const rows = [
    { region: 'eu', rows: 12 },
    {
      region: 'us',
      at: new Date('2026-11-20T00:00:00Z'),
      more: { a: 1 },
      ratio: Number.NaN,
      gone: undefined,
    },
  ];
  expect(made((artifact) => artifact.table('orders', rows))).toEqual([
    {
      kind: 'table',
      name: 'orders',
      columns: ['region', 'rows', 'at', 'more', 'ratio', 'gone'],
      rows: [
        ['eu', 12, null, null, null, null],
        ['us', null, '2026-11-20T00:00:00.000Z', '{"a":1}', 'NaN', null],
      ],
    },
  ]);
});

test('a table of many rows keeps those that fit, and counts the rest', () => {
  const rows = Array.from({ length: 100_000 }, (_, n) => ({ n, text: `row ${n} \u{1f600}` }));
  const [table] = made((artifact) => artifact.table('many', rows));
  if (table?.kind !== 'table') throw new Error('it is no table');
  expect(jsonBytes(table)).toBeLessThanOrEqual(ARTIFACT_BYTES);
  expect(table.rows.length).toBeGreaterThan(1000);
  expect(table.rows.length + (table.more ?? 0)).toBe(100_000);
});

test('columns, names, texts and addresses are bounded, and of characters that may be shown', () => {
  const wide = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`c${n}`, 'x'.repeat(9999)]));
  const all = made((artifact) => {
    artifact.table('n'.repeat(500), [wide]);
    artifact.markdown('long', `\u0000${'é€'.repeat(100_000)}`);
    artifact.link('there', `https://example.com/${'a'.repeat(9999)}`);
  });
  for (const one of all) expect(jsonBytes(one)).toBeLessThanOrEqual(ARTIFACT_BYTES);
  const [table, markdown, link] = all;
  expect(table).toMatchObject({ columns: { length: 50 } });
  expect(table?.name.length).toBeLessThanOrEqual(100);
  expect(markdown).toMatchObject({ text: expect.stringMatching(/^é€.*… \(200001 characters\)$/s) });
  expect(JSON.stringify(link).length).toBeLessThan(2100);
});

test('an image is kept whole or not at all', () => {
  const large = `data:image/png;base64,${'A'.repeat(ARTIFACT_BYTES)}`;
  const all = made((artifact) => {
    artifact.image('small', PIXEL);
    artifact.image('large', large);
    artifact.image('left out where it was made', LEFT_OUT);
    artifact.image('elsewhere', 'https://example.com/a.png');
  });
  expect(all).toEqual([
    { kind: 'image', name: 'small', address: PIXEL },
    null,
    null,
    { kind: 'image', name: 'elsewhere', address: 'https://example.com/a.png' },
  ]);
});

test('what runs code is not an image, and what is not of the web is not a link', () => {
  expect(isImageData(PIXEL)).toBe(true);
  for (const address of [
    'data:text/html;base64,AAAA',
    'data:image/svg+xml;base64,AAAA',
    `${PIXEL}"><script>`,
  ])
    expect(isImageData(address)).toBe(false);
  expect(isWebAddress('https://example.com/?a=1')).toBe(true);
  for (const address of [
    'javascript:alert(1)',
    ' https://x',
    'data:text/html,x',
    'file:///etc/passwd',
    '//x',
  ])
    expect(isWebAddress(address)).toBe(false);
});

test('a mistake in the code is a TypeError that says what to give', () => {
  const artifact = artifactsTo(() => undefined);
  expect(() => artifact.table('t', 'rows' as never)).toThrow(
    /artifact\.table: the rows are not a list of objects/,
  );
  expect(() => artifact.table('t', [1] as never)).toThrow(TypeError);
  expect(() => artifact.markdown('', 'x')).toThrow(/artifact\.markdown: the name is empty/);
  expect(() => artifact.link('l', undefined as never)).toThrow(/the address is undefined; give a text/);
});
