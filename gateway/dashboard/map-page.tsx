/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// How goals need each other: drawn in layers, those that need no other on the left, and the same as a list; many goals by their teams.

import type { Child } from 'hono/jsx';
import type { GoalSummary } from '../../goals/wire/answers.ts';
import { LayeredDrawing, layersOf } from './layered-drawing.tsx';
import { MapOfTeams } from './map-of-teams.tsx';
import type { ShownPage } from './shell.tsx';
import { stateOfGoal } from './states.ts';
import { count, MarkIcon, Quoted, toneOf, visible } from './text.tsx';

type Mapped = Pick<GoalSummary, 'goal' | 'needs'>;

/** Beyond that nobody reads a drawing: the map then shows teams, of which one or a goal is chosen. */
export const MOST_DRAWN = 90;

/** The goals that a map of one goal shows: it, those that it needs and those that need it, however far away. */
export function around(goals: readonly Mapped[], goal: string): Set<string> {
  const found = new Set([goal]);
  const walk = (next: (of: string) => string[]): void => {
    const seen = new Set([goal]);
    for (const one of seen) for (const other of next(one)) seen.add(other);
    for (const one of seen) found.add(one);
  };
  const needs = new Map(goals.map((one) => [one.goal, one.needs]));
  walk((of) => [...(needs.get(of) ?? [])].filter((need) => needs.has(need)));
  walk((of) => goals.filter((one) => one.needs.includes(of)).map((one) => one.goal));
  return found;
}

function Drawing({ goals, goal }: { goals: readonly GoalSummary[]; goal: string | undefined }) {
  const layers = layersOf(goals.map(({ goal: id, needs }) => ({ id, needs })));
  const boxes = [...goals]
    .sort((a, b) => a.goal.localeCompare(b.goal))
    .map((one) => ({
      ...{ id: one.goal, name: one.goal, column: layers.get(one.goal) ?? 0, isThis: one.goal === goal },
      ...{ href: `/goals/${encodeURIComponent(one.goal)}`, ...stateOfGoal(one) },
    }));
  const lines = goals.flatMap((one) => one.needs.map((need) => ({ from: need, to: one.goal })));
  return <LayeredDrawing title="How the goals need each other" boxes={boxes} lines={lines} />;
}

/** Goals of a team, with those of others that they need or that need them. */
function aroundTeam(goals: readonly Mapped[], own: ReadonlySet<string>): Set<string> {
  const found = new Set(own);
  for (const { goal, needs } of goals)
    for (const need of needs) {
      if (own.has(goal)) found.add(need);
      if (own.has(need)) found.add(goal);
    }
  return found;
}

/** Which part of the map is asked for: all of it, what is around a goal, or a team. */
export interface MapQuery {
  goal?: string | undefined;
  team?: string | undefined;
}

/** Goals of which the list has a row: a page stays small. */
const MOST_LISTED = 90;

const linked = (names: readonly string[]): Child =>
  names.map((name, i) => (
    <>
      {i === 0 ? '' : ', '}
      <a href={`/goals/${encodeURIComponent(name)}`}>{visible(name)}</a>
    </>
  ));

/** The map as a list: what each goal needs, and what needs it. */
const GoalNeeds = ({ goals, all }: { goals: readonly GoalSummary[]; all: readonly GoalSummary[] }) => (
  <table class="goals">
    <thead>
      <tr>
        <th scope="col">Goal</th>
        <th scope="col">Needs</th>
        <th scope="col">Is needed by</th>
      </tr>
    </thead>
    <tbody>
      {goals.map((one) => {
        const state = stateOfGoal(one);
        return (
          <tr>
            <td class="g">
              <div class="gg">
                <MarkIcon mark={state.mark} />
                <div>
                  <a class="say" href={`/map?goal=${encodeURIComponent(one.goal)}`} data-row>
                    <bdi class="mono">{visible(one.goal)}</bdi>
                  </a>
                  <span class="facts">
                    <span class={toneOf(state.mark)}>{state.words}</span>
                    <Quoted text={one.outcome} limit={120} />
                  </span>
                </div>
              </div>
            </td>
            <td data-column="needs">{one.needs.length === 0 ? '' : linked(one.needs)}</td>
            <td data-column="is needed by">
              {linked(all.filter(({ needs }) => needs.includes(one.goal)).map((other) => other.goal))}
            </td>
          </tr>
        );
      })}
    </tbody>
  </table>
);

export function mapPage(all: readonly GoalSummary[], { goal, team }: MapQuery): ShownPage {
  const own = new Set(all.filter((one) => one.team === team && !one.retired).map((one) => one.goal));
  const among = goal !== undefined ? around(all, goal) : team !== undefined ? aroundTeam(all, own) : null;
  const goals = all.filter((one) => among?.has(one.goal) ?? !one.retired);
  const isLarge = goals.length > MOST_DRAWN;
  const lost = goals.filter((one) => stateOfGoal(one).mark === 'failed').length;
  const sentence =
    goals.length === 0
      ? 'No goal is published yet.'
      : `${count(goals.length, 'goal')}${goal !== undefined ? ` around ${goal}` : team !== undefined ? ` of ${team} and around them` : ''}: ${lost} not reached.`;
  return {
    sentence,
    screen: '/goals',
    crumbs: [
      { words: 'Goals', href: '/goals' },
      { words: 'Map', href: '/map' },
      ...(goal !== undefined ? [{ words: goal }] : team !== undefined ? [{ words: team }] : []),
    ],
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          {isLarge
            ? 'Each team is a row, and each of its goals a cell: first those that do not hold. Choose a team to see how its goals need each other.'
            : 'A goal stands right of those that it needs.'}
        </p>
        {isLarge ? <MapOfTeams goals={goals} /> : null}
        {goals.length === 0 || isLarge ? null : (
          <section
            class="scrolls"
            aria-label={`Map of ${count(goals.length, 'goal')}; the list below says the same`}
            tabindex={0}
          >
            <Drawing goals={goals} goal={goal} />
          </section>
        )}
        {isLarge && among === null ? null : <GoalNeeds goals={goals.slice(0, MOST_LISTED)} all={goals} />}
        {among !== null && goals.length > MOST_LISTED ? (
          <p class="hint">and {goals.length - MOST_LISTED} more</p>
        ) : null}
      </>
    ),
  };
}
