/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// A map of many goals by their teams: a team a row, with a strip in which each goal is a cell, and what the team needs of others.

import type { GoalSummary } from '../../goals/wire/answers.ts';
import { pathWith } from './asking.ts';
import { stateOfGoal } from './states.ts';
import { Table } from './table.tsx';
import { type StateMark, toneOf, visible } from './text.tsx';

/** What does not hold comes first. */
const ORDER: readonly StateMark[] = [
  'failed',
  'stale',
  'struggling',
  'pursuing',
  'cancelled',
  'none',
  'achieved',
];
/** Cells of a strip; of more goals each cell is several, of which the worst shows. */
const MOST_CELLS = 100;
const PITCH = 7;

/** One team of the map. */
export interface TeamOnMap {
  team: string;
  goals: GoalSummary[];
  /** Other teams of which its goals need some, and the reverse. */
  needs: string[];
  neededBy: string[];
}

/** Goals by their teams: first the teams of which most do not hold. */
export function teamsOnMap(goals: readonly GoalSummary[]): TeamOnMap[] {
  const teamOf = new Map(goals.map(({ goal, team }) => [goal, team]));
  const parts = new Map<string, TeamOnMap & { needed: Set<string> }>();
  for (const one of goals) {
    const part = parts.get(one.team) ?? {
      ...{ team: one.team, goals: [], needs: [], neededBy: [] },
      needed: new Set<string>(),
    };
    parts.set(one.team, part);
    part.goals.push(one);
    for (const need of one.needs) {
      const other = teamOf.get(need);
      if (other !== undefined && other !== one.team) part.needed.add(other);
    }
  }
  for (const [team, part] of parts) {
    part.needs = [...part.needed].sort();
    for (const other of part.needed) parts.get(other)?.neededBy.push(team);
  }
  const lost = ({ goals: own }: TeamOnMap): number => own.filter((one) => rankOf(one) < 3).length;
  return [...parts.values()]
    .map(({ needed: _, ...part }) => ({ ...part, neededBy: part.neededBy.sort() }))
    .sort((a, b) => lost(b) - lost(a) || a.team.localeCompare(b.team));
}

const rankOf = (goal: GoalSummary): number => ORDER.indexOf(stateOfGoal(goal).mark);

/** A cell a goal, those first that do not hold: they stand taller. One path for each colour. */
export function teamPaths(goals: readonly GoalSummary[]): { paths: Map<string, string>; cells: number } {
  const marks = goals
    .map((goal) => stateOfGoal(goal).mark)
    .sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const per = Math.ceil(marks.length / MOST_CELLS);
  const paths = new Map<string, string>();
  const cells = Math.ceil(marks.length / per);
  for (let i = 0; i < cells; i++) {
    const mark = marks[i * per] ?? 'none';
    const isTall = ORDER.indexOf(mark) < 3;
    const tone = `d-${toneOf(mark)}`;
    const [y, height] = isTall ? [0, 18] : [7, 11];
    paths.set(tone, `${paths.get(tone) ?? ''}M${i * PITCH} ${y}h5v${height}h-5z`);
  }
  return { paths, cells };
}

/** How many of the goals are in which state, in words. */
export function teamWords(goals: readonly GoalSummary[]): string {
  const counts = new Map<string, { n: number; rank: number }>();
  for (const goal of goals) {
    const { words } = stateOfGoal(goal);
    counts.set(words, { n: (counts.get(words)?.n ?? 0) + 1, rank: rankOf(goal) });
  }
  return [...counts]
    .sort(([, a], [, b]) => a.rank - b.rank)
    .map(([words, { n }]) => `${n} ${words}`)
    .join(', ');
}

const Cells = ({ goals }: { goals: readonly GoalSummary[] }) => {
  const { paths, cells } = teamPaths(goals);
  const width = cells * PITCH;
  return (
    <svg class="cellstrip" viewBox={`0 0 ${width} 20`} width={width} role="img" aria-label={teamWords(goals)}>
      <line x1="0" y1="18.5" x2={width} y2="18.5" class="d-base" />
      {[...paths].map(([tone, path]) => (
        <path d={path} class={tone} />
      ))}
    </svg>
  );
};

const TeamLinks = ({ teams }: { teams: readonly string[] }) => (
  <>
    {teams.map((team, i) => (
      <>
        {i === 0 ? '' : ', '}
        <a href={pathWith('/map', { team })}>{visible(team)}</a>
      </>
    ))}
  </>
);

export const MapOfTeams = ({ goals }: { goals: readonly GoalSummary[] }) => (
  <Table
    head={['Team', 'Goals', 'How they stand', 'Needs goals of', 'Is needed by']}
    rows={teamsOnMap(goals).map(({ team, goals: own, needs, neededBy }) => [
      <a href={pathWith('/map', { team })} data-row>
        <b>{visible(team)}</b>
      </a>,
      own.length,
      <>
        <Cells goals={own} />
        <span class="hint">{teamWords(own)}</span>
      </>,
      needs.length === 0 ? '' : <TeamLinks teams={needs} />,
      neededBy.length === 0 ? '' : <TeamLinks teams={neededBy} />,
    ])}
    empty=""
  />
);
