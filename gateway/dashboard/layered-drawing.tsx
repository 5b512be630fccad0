/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// Boxes in columns, joined by lines from left to right: how goals need each other, and on what an outcome rests.

import type { ShownState } from './states.ts';
import { cut, toneOf, visible } from './text.tsx';

export interface DrawnBox {
  id: string;
  /** The first is 0, on the left. */
  column: number;
  name: string;
  /** What is said of it, after its name, to whoever points at it or listens. */
  words: string;
  href: string;
  mark: ShownState['mark'];
  /** The one that the drawing is about. */
  isThis?: boolean;
  /** No goal and no run: it is drawn round, and without a mark. */
  isData?: boolean;
}

export interface DrawnLine {
  from: string;
  to: string;
}

/** For each how many layers it stands above those that need no other. One that needs itself in a circle stands where it is met. */
export function layersOf(boxes: readonly { id: string; needs: readonly string[] }[]): Map<string, number> {
  const needs = new Map(boxes.map((box) => [box.id, box.needs]));
  const layers = new Map<string, number>();
  const layerOf = (id: string, way: ReadonlySet<string>): number => {
    const known = layers.get(id);
    if (known !== undefined) return known;
    const below = (needs.get(id) ?? []).filter((need) => needs.has(need) && !way.has(need));
    const layer = Math.max(-1, ...below.map((need) => layerOf(need, new Set([...way, need])))) + 1;
    layers.set(id, layer);
    return layer;
  };
  for (const { id } of boxes) layerOf(id, new Set([id]));
  return layers;
}

const BOX = { width: 210, height: 34, gapX: 60, gapY: 14 };

/** Boxes of a column stand in the order that they come in. */
export function LayeredDrawing({
  title,
  boxes,
  lines,
}: {
  title: string;
  boxes: readonly DrawnBox[];
  lines: readonly DrawnLine[];
}) {
  const columns = new Map<number, number>();
  const places = new Map(
    boxes.map((box) => {
      const row = columns.get(box.column) ?? 0;
      columns.set(box.column, row + 1);
      const [x, y] = [box.column * (BOX.width + BOX.gapX) + 1, row * (BOX.height + BOX.gapY) + 1];
      return [box.id, { ...box, x, y }] as const;
    }),
  );
  const width = (Math.max(...columns.keys()) + 1) * (BOX.width + BOX.gapX) - BOX.gapX + 2;
  const height = Math.max(...columns.values()) * (BOX.height + BOX.gapY) - BOX.gapY + 2;
  const paths = lines.flatMap((line) => {
    const [from, to] = [places.get(line.from), places.get(line.to)];
    if (from === undefined || to === undefined) return [];
    const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
    const [x2, y2] = [to.x, to.y + BOX.height / 2];
    const bend = Math.max(20, (x2 - x1) / 2);
    return [`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`];
  });
  return (
    <svg class="map" viewBox={`0 0 ${width} ${height}`} width={width}>
      <title>{title}</title>
      <path d={paths.join('')} class="d-base" fill="none" />
      {[...places.values()].map(({ name, words, href, mark, isThis, isData, x, y }) => (
        <a class={toneOf(mark)} href={href}>
          <title>{`${visible(name)}: ${words}`}</title>
          <rect
            x={x}
            y={y}
            width={BOX.width}
            height={BOX.height}
            rx={isData ? BOX.height / 2 : 6}
            class={isThis ? 'box this' : 'box'}
          />
          {isData ? null : <use href={`#i-${mark}`} x={x + 9} y={y + 10} width="14" height="14" />}
          <text x={x + (isData ? 16 : 30)} y={y + 21}>
            {visible(cut(name, 24))}
          </text>
        </a>
      ))}
    </svg>
  );
}
