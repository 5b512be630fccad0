// A run followed until it ends: redrawn on a terminal, told by a line for each change elsewhere.

import type { RunOf } from '../../client/index.ts';
import { spoken } from '../../goals/duration.ts';
import type { Step } from '../../goals/wire/run-view.ts';
import { type ExitName, exitOfRun } from './exit-codes.ts';
import type { Operator } from './operator-command.ts';
import { cutLine, type Line, painted, rendered } from './painted.ts';
import { runLines, standingOf, statePart } from './run-lines.ts';
import type { Screen } from './screen.ts';

import { visibleJson } from './visible-text.ts';

const TICK_MS = 1_000;

export interface FollowOptions {
  execution?: string | undefined;
  /** How long at most, in milliseconds. Default: until it ends. */
  timeoutMs?: number | undefined;
}

/** Shows each change of the run, and how it ended. */
export async function followRun(
  { client, screen, json }: Operator,
  id: string,
  { execution, timeoutMs }: FollowOptions,
): Promise<ExitName> {
  const limit = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => limit.abort(), timeoutMs);
  const redraws = screen.size !== null && screen.environment.TERM !== 'dumb';
  const shown = json ? asJson(screen) : redraws ? asDrawing(screen) : asLines(screen);
  let last: RunOf | null = null;
  try {
    for await (const run of client.runs.watch(id, { execution, signal: limit.signal })) {
      last = run;
      shown.view(run);
    }
  } catch (error) {
    if (!limit.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    shown.end(last);
  }
  if (limit.signal.aborted && last?.outcome === null)
    screen.note(painted('quiet')(`still ${standingOf(last)} after ${spoken(timeoutMs ?? 0)}`));
  return last === null ? 'open' : exitOfRun(last);
}

interface Shown {
  view(run: RunOf): void;
  /** Whatever the reason, with the last view. */
  end(run: RunOf | null): void;
}

const asJson = (screen: Screen): Shown => ({
  view: (run) => screen.write(`${visibleJson(run)}\n`),
  end: () => undefined,
});

/** A line for each step whose state changed, then the whole run. */
function asLines(screen: Screen): Shown {
  let before = new Map<string, string>();
  return {
    view(run) {
      const now = new Map(run.steps.map((step) => [step.path, stateOf(step)]));
      if (run.outcome === null)
        for (const [path, state] of now) if (before.get(path) !== state) screen.print([path, ' ', state]);
      before = now;
    },
    end: (run) => run?.outcome != null && screen.print(...runLines(run, null)),
  };
}

const stateOf = ({ state, attempts }: Step): string =>
  attempts > 1 ? `${state}, attempt ${attempts}` : state;

/** One picture, drawn anew over the one before; at the end it stays, whole. */
function asDrawing(screen: Screen): Shown {
  let drawn = 0;
  let last: RunOf | null = null;
  const draw = (run: RunOf, isWhole: boolean): void => {
    const { columns, rows } = screen.size ?? { columns: 80, rows: 24 };
    const lines = runLines(run, columns);
    const shown = isWhole ? lines : fitting(lines, rows - 1).map((line) => cutLine(line, columns - 1));
    const text = shown.map((line) => `${rendered(line, screen.colours)}\n`).join('');
    // Up to the first line of the picture before, and all that is below away.
    screen.write(`${drawn === 0 ? '' : `\u001b[${drawn}A\r\u001b[J`}${text}`);
    drawn = shown.length;
  };
  const ticking = setInterval(() => last && draw(last, false), TICK_MS);
  return {
    view(run) {
      last = run;
      draw(run, false);
    },
    end(run) {
      clearInterval(ticking);
      if (run !== null) draw(run, true);
    },
  };
}

const fitting = (lines: readonly Line[], rows: number): readonly Line[] =>
  lines.length <= rows
    ? lines
    : [...lines.slice(0, rows - 1), painted('quiet')(`… ${lines.length - rows + 1} more lines`)];

/** What is said of a run that was asked for and is not waited for. */
export const begunLines = (run: RunOf): Line[] => [
  [statePart(standingOf(run)), '  ', painted('strong')(run.id)],
  ...(run.outcome === null ? [painted('quiet')(`goalkeeper runs watch ${run.id}`)] : []),
];
