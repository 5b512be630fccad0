// What a worker's goals are to goals of other teams: refused before they are published, where the catalogue shows it.

import type { Logger } from 'pino';
import { cycleFrom, mayUse } from '../../goals/wire/between-goals.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { StartProblem } from '../../process/start-problem.ts';

/**
 * Throws a `StartProblem` when one of `ours` uses what another team has not opened, or closes a circle. A goal that is
 * not published yet is no problem: its team may start later, and a run says so.
 */
export function checkOthers(
  ours: readonly Publication[],
  published: readonly Publication[],
  log: Logger,
): void {
  const known = knownOf(ours, published);
  for (const publication of ours)
    for (const used of usedBy(publication)) {
      const other = known.get(used);
      if (other === undefined)
        log.warn({ goal: publication.goal, needs: used }, 'this goal uses one that is not published yet');
      else if (!mayUse(other, publication.team))
        throw new StartProblem(
          'goal_not_open',
          `the goal '${publication.goal}' uses '${used}', which the team '${other.team}' has not opened to '${publication.team}'; ask for it in \`usableBy\` there`,
        );
    }
  refuseTakenDatasets(ours, published);
  refuseCircles(ours, published);
}

/** A dataset's name is one team's. */
function refuseTakenDatasets(ours: readonly Publication[], published: readonly Publication[]): void {
  const makers = published.filter(({ retired }) => !retired);
  for (const { goal, produces = [] } of ours)
    for (const { name, team } of produces) {
      const other = makers.find((one) => one.produces?.some((its) => its.name === name && its.team !== team));
      if (other !== undefined)
        throw new StartProblem(
          'dataset_name_taken',
          `the goal '${goal}' produces the dataset '${name}' of the team '${team}', and '${other.goal}' produces one of that name of the team '${other.team}'; rename one of the two`,
        );
    }
}

const producersOf = (dataset: string, known: Iterable<Publication>): string[] =>
  [...known].flatMap(({ goal, produces = [] }) =>
    produces.some(({ name }) => name === dataset) ? [goal] : [],
  );

/** Throws a `StartProblem` when one of `ours` needs or starts itself in the end. */
export function refuseCircles(ours: readonly Publication[], published: readonly Publication[]): void {
  const known = knownOf(ours, published);
  refuseCircle('needs itself', (goal) => known.get(goal)?.needs ?? []);
  refuseCircle('starts itself', (goal) => {
    const { outcomes = [], updates = [] } = known.get(goal) ?? {};
    return [
      ...outcomes.map((heard) => heard.goal),
      ...updates.flatMap(({ dataset }) => producersOf(dataset, known.values())),
    ];
  });

  function refuseCircle(what: string, next: (goal: string) => readonly string[]): void {
    const circle = cycleFrom(new Set(ours.map(({ goal }) => goal)), next);
    if (circle !== null)
      throw new StartProblem(
        'goals_circular',
        `the goal '${circle[0]}' ${what} in the end: ${circle.join(' → ')}; one of them must do without`,
      );
  }
}

function knownOf(
  ours: readonly Publication[],
  published: readonly Publication[],
): ReadonlyMap<string, Publication> {
  const names = new Set(ours.map(({ goal }) => goal));
  const others = published.filter(({ goal, retired }) => !names.has(goal) && !retired);
  return new Map([...others, ...ours].map((publication) => [publication.goal, publication]));
}

/** The goals that it needs, and those that it listens to. */
export const usedBy = ({ needs, outcomes = [] }: Publication): readonly string[] => [
  ...new Set([...needs, ...outcomes.map(({ goal }) => goal)]),
];
