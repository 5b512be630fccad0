// Notices that the development server's SQLite answers nothing any more. Each call that is cut off interrupts what the database does;
// cut off at the wrong moment, the interruption stays, and every later call fails by it, until the server is started anew.
// A file loses nothing by that. (modernc.org/sqlite: an interruption lasts as long as a statement is open.)

const INTERRUPTED = 'interrupted (9)';
/** A call that was cut off is told of once. So many in so long a time may be of calls that nobody has cut off. */
const LINES = 30;
const WITHIN_MS = 3_000;
const SPAN_MS = 2_000;

/** Takes the lines that the server writes, and says whether its database may be stuck; `now`: by a monotonic clock, in milliseconds. */
export function stuckDatabase(now: () => number = () => performance.now()): (line: string) => boolean {
  let seen: number[] = [];
  return (line) => {
    if (!line.includes(INTERRUPTED)) return false;
    const at = now();
    seen = [...seen.filter((before) => at - before <= WITHIN_MS), at];
    const mayBe = seen.length >= LINES && at - (seen[0] as number) >= SPAN_MS;
    if (mayBe) seen = [];
    return mayBe;
  };
}
