// On which goals and datasets a goal rests, and which rest on it: from the catalogue alone.

import type { Lineage, LineageNode } from '../../goals/wire/dataset-answers.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import type { LineageBounds } from './lineage-bounds.ts';

type Edge = Lineage['edges'][number];

const goalId = (name: string): string => `goal ${name}`;
const datasetId = (name: string): string => `dataset ${name}`;

export function goalLineage(goal: string, goals: readonly Publication[], bounds: LineageBounds): Lineage {
  const known = goals.filter(({ retired, goal: name }) => !retired || name === goal);
  const names = new Set(known.map((one) => one.goal));
  const edges = known.flatMap(edgesOf).filter(({ from, to }) => isKnown(from) && isKnown(to));
  function isKnown(id: string): boolean {
    return id.startsWith('dataset ') || names.has(id.slice('goal '.length));
  }
  const root = goalId(goal);
  const depths = new Map([[root, 0]]);
  let truncated = false;
  const walk = (sign: 1 | -1): void => {
    const waiting = [root];
    for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
      const depth = depths.get(at) ?? 0;
      for (const { from, to } of edges) {
        const [near, far] = sign === 1 ? [from, to] : [to, from];
        if (near !== at || depths.has(far)) continue;
        if (Math.abs(depth) >= bounds.depth || depths.size >= bounds.limit) truncated = true;
        else {
          depths.set(far, depth + sign);
          waiting.push(far);
        }
      }
    }
  };
  if (bounds.direction !== 'down') walk(-1);
  if (bounds.direction !== 'up') walk(1);
  const nodes = [...depths].map(([id, depth]): LineageNode => {
    const kind = id.startsWith('goal ') ? 'goal' : 'dataset';
    return { id, kind, name: id.slice(kind.length + 1), depth };
  });
  return {
    ...{ root, nodes, truncated },
    edges: edges.filter(({ from, to }) => depths.has(from) && depths.has(to)),
  };
}

function edgesOf({
  goal,
  needs,
  outcomes = [],
  produces = [],
  uses = [],
  updates = [],
}: Publication): Edge[] {
  const to = goalId(goal);
  return [
    ...needs.map((name): Edge => ({ from: goalId(name), to, way: 'needs' })),
    ...outcomes.map((heard): Edge => ({ from: goalId(heard.goal), to, way: 'starts' })),
    ...uses.map(({ name }): Edge => ({ from: datasetId(name), to, way: 'uses' })),
    ...updates.map(({ dataset }): Edge => ({ from: datasetId(dataset), to, way: 'starts' })),
    ...produces.map(({ name }): Edge => ({ from: to, to: datasetId(name), way: 'produces' })),
  ];
}
