/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// On what a run or a goal rests, and what rests on it: drawn, and said as lists.

import type { Lineage, LineageNode } from '../../goals/wire/dataset-answers.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { runPath } from './actions/run-places.ts';
import { type Ask, asked, askedIfAny, pathWith } from './asking.ts';
import { datasetPath } from './dataset-pages.tsx';
import { type DrawnBox, LayeredDrawing, layersOf } from './layered-drawing.tsx';
import type { ShownPage } from './shell.tsx';
import type { ShownState } from './states.ts';
import { count, visible } from './text.tsx';

const goalPath = (name: string): string => `/goals/${encodeURIComponent(name)}`;

const MARKS = { achieved: 'achieved', failed: 'failed', cancelled: 'cancelled' } as const;

/** Of what is no run nothing is said but what it is. */
function stateOf({ kind, outcome }: LineageNode): ShownState {
  if (kind !== 'run') return { mark: 'none', words: kind };
  return outcome == null
    ? { mark: 'pursuing', words: 'under way' }
    : { mark: MARKS[outcome], words: outcome };
}

function hrefOf({ kind, name, execution, dataset, key }: LineageNode): string {
  if (kind === 'run') return pathWith(runPath(name), { execution });
  if (kind === 'goal') return goalPath(name);
  if (kind === 'dataset') return datasetPath(name);
  return `${datasetPath(dataset ?? '')}/partitions/${encodeURIComponent(key ?? '')}`;
}

function DrawnLineage({ lineage: { root, nodes, edges } }: { lineage: Lineage }) {
  const needs = nodes.map(({ id }) => ({
    id,
    needs: edges.filter(({ to }) => to === id).map(({ from }) => from),
  }));
  const layers = layersOf(needs);
  const boxes = nodes.map(
    (node): DrawnBox => ({
      ...{ id: node.id, name: node.name, column: layers.get(node.id) ?? 0, isThis: node.id === root },
      ...{
        href: hrefOf(node),
        ...stateOf(node),
        isData: node.kind === 'dataset' || node.kind === 'partition',
      },
    }),
  );
  return (
    <section
      class="scrolls"
      aria-label={`Drawing of ${count(nodes.length, 'thing')}; the lists below say the same`}
      tabindex={0}
    >
      <LayeredDrawing title="What rests on what, from left to right" boxes={boxes} lines={edges} />
    </section>
  );
}

/** Null of a run that can have none. */
export async function readLineage(
  ask: Ask,
  { id, execution, outcome, produced, used, steps, why }: Run,
): Promise<Lineage | null> {
  const isAlone =
    // Another run may have found it achieved.
    outcome !== 'achieved' &&
    produced === undefined &&
    used === undefined &&
    why.kind !== 'goal' &&
    steps.every(({ kind }) => kind !== 'goal');
  if (isAlone) return null;
  const query = { execution, depth: '4', limit: '40' };
  return askedIfAny<Lineage>(ask, pathWith(`${runPath(id)}/lineage`, query));
}

const sides = ({ nodes }: Lineage) => ({
  up: nodes.filter(({ depth }) => depth < 0).sort((a, b) => a.depth - b.depth),
  down: nodes.filter(({ depth }) => depth > 0).sort((a, b) => a.depth - b.depth),
});

/** Drawn, and as lists, the farthest first. `here`: what the lists call what was asked for. */
function ShownLineage({
  lineage,
  here,
  level: Heading,
}: {
  lineage: Lineage;
  here: string;
  level: 'h2' | 'h3';
}) {
  const { up, down } = sides(lineage);
  return (
    <>
      <DrawnLineage lineage={lineage} />
      {[
        { words: 'It rests on', some: up },
        { words: 'On it rest', some: down },
      ].map(({ words, some }) =>
        some.length === 0 ? null : (
          <>
            <Heading>{words}</Heading>
            <ul>
              {some.map((node) => (
                <li>
                  <span>
                    <LineageThing node={node} />
                  </span>{' '}
                  <small class="quiet">{saidOf(lineage, node, here)}</small>
                </li>
              ))}
            </ul>
          </>
        ),
      )}
    </>
  );
}

/** On the page of a run. */
export function LineageOfRun({ run, lineage }: { run: Run; lineage: Lineage | null }) {
  if (lineage === null || lineage.nodes.length < 2) return null;
  const { up, down } = sides(lineage);
  return (
    <section aria-labelledby="lineage">
      <h2 id="lineage">
        Lineage{' '}
        <span class="n">
          {`rests on ${up.length}, ${down.length} ${down.length === 1 ? 'rests' : 'rest'} on it`}
          {lineage.truncated ? (
            <>
              {', '}
              <a href={pathWith(`${runPath(run.id)}/lineage`, { execution: run.execution, ...FAR })}>
                and more
              </a>
            </>
          ) : null}
        </span>
      </h2>
      <ShownLineage lineage={lineage} here="this run" level="h3" />
    </section>
  );
}

/** As far as one page tells of it. */
const FAR = { depth: '10', limit: '100' };

/** The page of what a goal, or a run, rests on, and what rests on it. */
function lineagePage(lineage: Lineage, name: string, href: string, here: string): ShownPage {
  const { up, down } = sides(lineage);
  const sentence = `${name} rests on ${up.length}, and ${down.length} ${down.length === 1 ? 'rests' : 'rest'} on it.`;
  return {
    sentence,
    screen: here === 'this run' ? '/runs' : '/goals',
    crumbs: [
      here === 'this run' ? { words: 'Runs', href: '/runs' } : { words: 'Goals', href: '/goals' },
      { words: name, href },
      { words: 'Lineage' },
    ],
    body: (
      <>
        <h1>{visible(sentence)}</h1>
        <p class="lead">
          What comes first stands on the left, and what rests on it right of it. Data is round.
        </p>
        {lineage.truncated ? <p class="hint">There is more than this page shows.</p> : null}
        <ShownLineage lineage={lineage} here={here} level="h2" />
      </>
    ),
  };
}

const BOUNDS = ['direction', 'depth', 'limit'] as const;
type Query = Readonly<Record<string, string | undefined>>;
const boundsIn = (query: Query): Query => ({
  ...FAR,
  ...Object.fromEntries(BOUNDS.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]]))),
});

export const lineageRow = {
  path: /^\/goals\/([^/]+)\/lineage$/,
  ...{ screen: '/goals', query: [...BOUNDS] },
  async show(ask: Ask, query: Query, _: unknown, name: string): Promise<ShownPage> {
    const path = goalPath(name);
    return lineagePage(
      await asked<Lineage>(ask, pathWith(`${path}/lineage`, boundsIn(query))),
      name,
      path,
      'this goal',
    );
  },
};

export const runLineageRow = {
  path: /^\/runs\/([^/]+)\/lineage$/,
  ...{ screen: '/runs', query: ['execution', ...BOUNDS] },
  async show(ask: Ask, query: Query, _: unknown, id: string): Promise<ShownPage> {
    const [path, { execution }] = [runPath(id), query];
    const lineage = await asked<Lineage>(ask, pathWith(`${path}/lineage`, { execution, ...boundsIn(query) }));
    return lineagePage(lineage, id, pathWith(path, { execution }), 'this run');
  },
};

const LineageThing = ({ node }: { node: LineageNode }) => <a href={hrefOf(node)}>{visible(node.name)}</a>;

const WORDS = { needs: 'needed by', uses: 'used by', produces: 'made', starts: 'starts' } as const;
const BACK = { needs: 'needs', uses: 'uses', produces: 'made by', starts: 'started by' } as const;

/** How it is joined to what is nearer to what was asked for. */
function saidOf({ root, nodes, edges }: Lineage, { id, depth, outcome }: LineageNode, here: string): string {
  const nameOf = (other: string): string =>
    other === root ? here : visible(nodes.find((node) => node.id === other)?.name ?? '');
  const said =
    depth < 0
      ? edges.filter(({ from }) => from === id).map(({ to, way }) => `${WORDS[way]} ${nameOf(to)}`)
      : edges.filter(({ to }) => to === id).map(({ from, way }) => `${BACK[way]} ${nameOf(from)}`);
  return [...(outcome == null ? [] : [outcome]), ...said.slice(0, 3)].join(', ');
}
