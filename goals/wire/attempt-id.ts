// Where the workflow itself makes a step's attempts, each is an activity of its own, and its ID says which one it is.

/** ID of the nth attempt (from 1) of a step. The first is called as the step: `load#1`, `load#1~2`, `load#1~3`. */
export const attemptId = (path: string, n: number): string => (n === 1 ? path : `${path}~${n}`);

const LATER = /^(.+)~(\d+)$/;

/** Which step an activity is of, and which of its attempts. No path of a step holds a `~`. */
export function attemptOf(activityId: string): { path: string; n: number } {
  const [, path, n] = LATER.exec(activityId) ?? [];
  return path === undefined ? { path: activityId, n: 1 } : { path, n: Number(n) };
}
