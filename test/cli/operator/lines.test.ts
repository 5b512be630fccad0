// What a person sees: hostile texts as symbols, tables that fit, runs with their outcome first.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exitCodes, exitOfRun } from '../../../cli/operator/exit-codes.ts';
import { cutLine, type Line, type Part, rendered } from '../../../cli/operator/painted.ts';
import { artifactLines } from '../../../cli/operator/run-artifacts.ts';
import { runLines } from '../../../cli/operator/run-lines.ts';
import { plainLine, tableLines } from '../../../cli/operator/table.ts';
import { cutText, textWidth, visibleJson, visibleText } from '../../../cli/operator/visible-text.ts';
import { writtenLines } from '../../../cli/operator/written-lines.ts';
import type { RunOf } from '../../../client/index.ts';
import type { Artifact } from '../../../goals/wire/artifacts.ts';
import type { RunError } from '../../../goals/wire/run-view.ts';

describe('hostile text', () => {
  test('becomes symbols', () => {
    expect(visibleText('a\u001b[31mb\u0007\n\u007f\u009b2J')).toBe('a␛[31mb␇␊␡⟨U+009B⟩2J');
    expect(visibleText('invoice\u202efdp.exe\u2066 \ufeff\u200b\u{e0041}')).toBe(
      'invoice⟨U+202E⟩fdp.exe⟨U+2066⟩ ⟨U+FEFF⟩⟨U+200B⟩⟨U+E0041⟩',
    );
    expect(visibleText('half \ud800 a pair')).toBe('half \ufffd a pair');
    expect(visibleText('Zoë 日本 👩‍💻 שלום')).toBe('Zoë 日本 👩‍💻 שלום');
  });

  const hostile = fc.string({
    unit: fc.constantFrom(
      'a',
      ' ',
      '\u001b',
      '[',
      ']',
      '\u0007',
      '\u009b',
      '\r',
      '\n',
      '\u202e',
      '\ud800',
      '日',
    ),
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
  const CONTROL = /[\x00-\x1f\x7f-\x9f\u202a-\u202e]/;

  test('nothing that is printed steers the terminal, but for our own colours', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, width) => {
        const rows = [{ text }];
        const columns = [
          { head: 'A', cell: (row: { text: string }) => row.text, cut: 'id' as const },
          {
            head: 'B',
            cell: (row: { text: string }): Part => ({ text: row.text, tone: 'bad' }),
            cut: 'text' as const,
          },
        ];
        for (const line of tableLines(columns, rows, width)) {
          expect(rendered(line, false)).not.toMatch(CONTROL);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours
          expect(rendered(line, true).replace(/\x1b\[(?:1|2|22|31|32|33|39)m/g, '')).not.toMatch(CONTROL);
        }
        expect(plainLine(columns, { text }).split('\t').join('')).not.toMatch(CONTROL);
        expect(textWidth(cutText(visibleText(text), width))).toBeLessThanOrEqual(width);
        // JSON means the same, and steers nothing either.
        expect(visibleJson({ text })).not.toMatch(CONTROL);
        expect(JSON.parse(visibleJson({ text }))).toEqual({ text });
      }),
    );
  });
});

describe('a table', () => {
  const rows = [
    { id: 'orders-counted:2026-11-20', note: 'the landing zone refused it, as the licence has expired' },
    { id: '日本語の鍵:1', note: '' },
  ];
  const columns = [
    { head: 'RUN', cell: ({ id }: (typeof rows)[0]) => id, cut: 'id' as const },
    { head: 'NOTE', cell: ({ note }: (typeof rows)[0]) => note, cut: 'text' as const },
    { head: 'EMPTY', cell: () => null },
  ];
  const drawn = (width: number | null): string[] =>
    tableLines(columns, rows, width).map((line) => rendered(line, false));

  test('fits the terminal: texts are cut first, then IDs in their middle', () => {
    expect(drawn(60)).toEqual([
      'RUN                        NOTE',
      'orders-counted:2026-11-20  the landing zone refused it, as …',
      '日本語の鍵:1               ',
    ]);
    expect(drawn(30)[1]).toBe('orders-c…6-11-20  the landing…');
    for (const width of [30, 44, 60, 80])
      for (const line of drawn(width)) expect(textWidth(line)).toBeLessThanOrEqual(width);
  });

  test('cuts nothing where it may be wide, and leaves out what is empty', () => {
    expect(drawn(null)[1]).toBe(`${rows[0]?.id}  ${rows[0]?.note}`);
    expect(drawn(null)[0]).not.toContain('EMPTY');
  });
});

test('a line is cut to its columns, colours or not', () => {
  const line: Line = ['abc', { text: 'def', tone: 'good' }, 'ghi'];
  expect(rendered(cutLine(line, 5), false)).toBe('abcd…');
});

describe('what an attempt wrote before it failed', () => {
  const lines = Array.from({ length: 30 }, (_, i) => ({
    at: '2026-11-20T05:00:00.000Z',
    level: 'warn' as const,
    text: `row ${i}\u001b[2J`,
  }));
  const written = (log: RunError['log']): string[] =>
    writtenLines({ step: 'load#1', attempt: 2, ...(log && { log }) } as RunError).map((line) =>
      rendered(line, false),
    );

  test('is its newest lines, which steer no terminal', () => {
    const shown = written({ lines, dropped: 70 });
    expect(shown[1]).toBe('load#1, attempt 2 wrote (80 lines before are not shown)');
    expect(shown.at(-1)).toBe('  05:00:00 warn  row 29␛[2J');
    expect(shown).toHaveLength(22);
  });

  test('is nothing where nothing is known, and only how much for who may not see values', () => {
    expect(written(undefined)).toEqual([]);
    expect(writtenLines(null)).toEqual([]);
    expect(written({ lines: [], dropped: 3, hidden: true })[1]).toContain('3 lines; you may not see');
  });
});

describe('a run', () => {
  const views = readdirSync('test/histories', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.view.json'))
    .map(
      (name) => [name, JSON.parse(readFileSync(join('test/histories', name), 'utf8')).run] as [string, RunOf],
    );

  test('every recorded one is shown: the outcome first, then the first true failure; healed errors alarm nobody', () => {
    expect(views.length).toBeGreaterThan(50);
    for (const [name, run] of views) {
      const lines = runLines(run, 80).map((line) => rendered(line, false));
      expect([name, lines[0]?.split('  ')[0]]).toEqual([name, run.outcome ?? run.state]);
      if (run.outcome === 'failed') {
        const { cause, message } = run.failure;
        expect(lines[1]).toContain((cause?.message ?? message).split('\n')[0]);
      }
      const coloured = runLines(run, 80).map((line) => rendered(line, true));
      const { recovered, handled } = run.errors;
      if (recovered + handled > 0) {
        const healed = coloured.filter((line) => line.includes('healed'));
        expect([name, healed.length]).toEqual([name, 1]);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: red
        expect(healed[0]).not.toMatch(/\x1b\[31m/);
      }
      // biome-ignore lint/suspicious/noControlCharactersInRegex: red
      if (run.outcome === 'achieved') expect(coloured.join('\n')).not.toMatch(/\x1b\[31m(?!not met)/);
    }
  });

  test('its exit code is that of its outcome', () => {
    const exit = (run: Pick<RunOf, 'outcome' | 'waiting'>): number => exitCodes[exitOfRun(run)].code;
    expect([
      exit({ outcome: 'achieved', waiting: [] }),
      exit({ outcome: 'failed', waiting: [] }),
      exit({ outcome: 'cancelled', waiting: [] }),
      exit({
        outcome: null,
        waiting: [{ kind: 'ask', name: 'rate', by: [], expires: null, step: 'rate#1', since: '' }],
      }),
      exit({ outcome: null, waiting: [] }),
    ]).toEqual([0, 2, 5, 6, 8]);
    const codes = Object.values(exitCodes).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('artifacts', () => {
  const at = '2026-11-20T05:00:00.000Z';
  const said = (item: Artifact): string =>
    artifactLines({ ...item, at, step: 'load#1', attempt: 2 }, 80)
      .map((line) => rendered(line, false))
      .join('\n');

  test('a table has its columns, says what it lacks, and nothing of it steers the terminal', () => {
    const table = said({
      ...{ kind: 'table', name: 'counts\u001b[31m', columns: ['region', 'rows'], more: 3 },
      rows: [['eu\u202e', 12]],
    });
    expect(table).toContain('counts␛[31m  load#1@2');
    expect(table).toMatch(/REGION|region/);
    expect(table).toContain('eu⟨U+202E⟩');
    expect(table).toContain('and 3 rows more');
  });

  test('an image is said by its size, and a text as it was written', () => {
    expect(said({ kind: 'image', name: 'curve', address: 'data:image/png;base64,AAAA' })).toContain(
      'an image of',
    );
    expect(said({ kind: 'markdown', name: 'text', text: '**bold**\u0007' })).toContain('**bold**␇');
  });
});
