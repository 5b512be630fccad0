import { Argument, type Command } from 'commander';
import type { RunArtifact } from '../../goals/wire/artifacts.ts';
import { completedBy } from './completed-by.ts';
import { operatorCommand } from './operator-command.ts';
import { type Line, painted } from './painted.ts';
import type { Screen } from './screen.ts';
import { tableLines } from './table.ts';
import { visibleLines, visibleText } from './visible-text.ts';

interface Options {
  execution?: string;
}

const quiet = painted('quiet');
const ADDRESS_LIMIT = 200;

/** `goalkeeper runs artifacts RUN`. */
export const runArtifactsCommand = (screen: Screen): Command =>
  operatorCommand<Options>(screen, 'artifacts', async (at, [id = ''], { execution }) => {
    const told = await at.client.runs.artifacts(id, { execution });
    at.show(told, ({ items, dropped, hidden }) => [
      ...items.flatMap((item) => artifactLines(item, screen.size?.columns ?? null)),
      ...(items.length + dropped === 0 ? [quiet('no artifacts')] : []),
      ...(hidden ? [quiet(`${dropped}, which you may not see`)] : []),
      ...(dropped > 0 && !hidden ? [quiet(`${dropped} more, at least, are not kept`)] : []),
    ]);
    return 'done';
  })
    .summary('show the tables, texts, links and images that a run made')
    .addArgument(completedBy('runs', new Argument('<run>', 'ID of the run')))
    .option('--execution <id>', 'an earlier execution of it (default: the latest)');

/** One artifact: where it is from, and what it shows in so many columns. */
export function artifactLines(item: RunArtifact, width: number | null): Line[] {
  const from = item.step === null ? 'pursue' : `${item.step}@${item.attempt}`;
  return [
    [painted('strong')(visibleText(item.name)), quiet(`  ${visibleText(from)}, ${item.at}`)],
    ...contentLines(item, width),
    '',
  ];
}

function contentLines(item: RunArtifact, width: number | null): Line[] {
  switch (item.kind) {
    case 'table': {
      const { columns, rows, more } = item;
      const heads = columns.map((column, i) => ({
        head: visibleText(column),
        cell: (cells: (typeof rows)[number]) => visibleText(String(cells[i] ?? '')),
        cut: 'text' as const,
      }));
      const left = more === undefined ? [] : [quiet(`and ${more} rows more, which it does not keep`)];
      return [...tableLines(heads, rows, width), ...left];
    }
    case 'markdown':
      return visibleLines(item.text);
    case 'image':
      if (item.address.startsWith('data:')) return [quiet(`an image of ${item.address.length} characters`)];
      return [visibleText(item.address.slice(0, ADDRESS_LIMIT))];
    case 'link':
      return [visibleText(item.address)];
  }
}
