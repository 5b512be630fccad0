/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// A mark of a lane as it is drawn, in the lane and in the legend alike.

import { PATH_MARKS, type PathMark } from './path-marks.ts';

export const percent = (n: number): string => `${n.toFixed(2)}%`;

/** Where the boxes begin and how high they are. */
const BOXES: Partial<Record<PathMark, readonly [y: number, height: number]>> = {
  ...{ succeeded: [7, 10], ended: [4, 16], cancelled: [9.5, 5] },
  ...{ working: [7, 10], struggling: [7, 10], asking: [7, 10] },
  ...{ reached: [10.5, 3], unreached: [10.5, 3] },
  ...{ answered: [7.5, 9], event: [9, 6], many: [3, 18], rest: [3, 18] },
};

/** In hundredths of the lane; whatever takes no time shows all the same. */
export function Mark({ mark, from, to }: { mark: PathMark; from: number; to: number }) {
  const { tone } = PATH_MARKS[mark];
  const x = Math.min(from, 99.7);
  const [at, end] = [percent(x), percent(Math.max(to, x + 0.3))];
  const line = <line x1={at} x2={end} y1="12" y2="12" class={tone} />;
  switch (mark) {
    case 'pause':
      return line;
    case 'queued':
      return (
        <>
          {line}
          <circle cx={at} cy="12" r="3" class={tone} />
        </>
      );
    case 'sleep':
      return (
        <>
          {line}
          <line x1={at} x2={at} y1="8" y2="16" class="d-end" />
          <line x1={end} x2={end} y1="8" y2="16" class="d-end" />
        </>
      );
    case 'healed':
      return (
        <>
          <rect x={at} width={percent(Math.max(to - x, 0.3))} y="9" height="6" rx="1" class={tone} />
          <line x1={end} x2={end} y1="5" y2="19" class="d-tick" />
        </>
      );
    default: {
      const [y, height] = BOXES[mark] ?? [7, 10];
      return (
        <rect
          x={at}
          width={percent(Math.max(to - x, 0.3))}
          y={String(y)}
          height={String(height)}
          rx="2"
          class={tone}
        />
      );
    }
  }
}

/** What these marks mean. */
export const Legend = ({ marks }: { marks: readonly PathMark[] }) => (
  <p class="legend">
    {marks.map((mark) => (
      <span>
        <svg width="22" height="24" aria-hidden="true">
          <Mark mark={mark} from={mark === 'queued' ? 16 : 4} to={96} />
        </svg>
        {PATH_MARKS[mark].words}
      </span>
    ))}
  </p>
);
