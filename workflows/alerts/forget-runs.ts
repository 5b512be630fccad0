// Takes out of what the alerts workflow knows all that it knows of runs that were deleted.

import type { Alert, ForgetRuns, Notice } from '../../goals/wire/alerts.ts';
import type { AlertsState } from './alerts-state.ts';

/** Stands in an alert that is of other runs, too, for the words of one that was deleted. */
const GONE = 'its words were of a run that was deleted';

export function forgetRuns(state: AlertsState, { runs, executions }: ForgetRuns): void {
  const isGone = ({ run }: { run: string | null }): boolean => run !== null && runs.includes(run);
  const touched = state.alerts.filter((alert) => speaksOf(alert, isGone));
  const unsettled = (state.unsettled ?? []).filter(isGone);
  for (const alert of touched) {
    for (const goal of alert.goals) {
      const gone = unsettled.filter((item) => item.alert === alert.id && item.goal === goal.goal).length;
      if (goal.left !== undefined) goal.left = Math.max(0, goal.left - gone);
    }
    forgetIn(alert, isGone);
  }
  const ended = new Set(touched.filter(({ goals }) => goals.length === 0).map(({ id }) => id));
  state.alerts = state.alerts.filter(({ id }) => !ended.has(id));
  state.gathering = state.gathering.filter(({ id }) => !ended.has(id));
  if (state.unsettled !== undefined)
    state.unsettled = state.unsettled.filter(
      (item) => !isGone(item) && !(item.held !== null && speaksOfNotice(item.held, isGone)),
    );
  for (const quiet of Object.values(state.quiet))
    if (quiet.held !== null && speaksOfNotice(quiet.held, isGone)) quiet.held = null;
  for (const execution of executions) delete state.accepted[execution];
  state.known = state.known.filter((key) => !executions.includes(key.slice(0, 36)));
  if (state.open !== undefined)
    state.open = { ...state.open, stuck: state.open.stuck.filter((stuck) => !isGone(stuck)) };
}

type IsGone = (of: { run: string | null }) => boolean;

const speaksOfNotice = (notice: Notice, isGone: IsGone): boolean =>
  isGone(notice) || (notice.trouble.cause !== null && isGone(notice.trouble.cause));

const speaksOf = ({ goals, trouble }: Alert, isGone: IsGone): boolean =>
  (trouble.cause !== null && isGone(trouble.cause)) ||
  goals.some(
    ({ runs, settled, ends = [] }) =>
      runs.some(isGone) || ends.some(isGone) || (settled !== null && isGone(settled)),
  );

/** Which of the runs an alert has its words of is not known: so they go with any of them. */
function forgetIn(alert: Alert, isGone: IsGone): void {
  alert.trouble = {
    ...alert.trouble,
    message: GONE,
    cause: alert.trouble.cause && { ...alert.trouble.cause, message: GONE, run: '' },
  };
  for (const goal of alert.goals) {
    const left = goal.runs.filter((run) => !isGone(run));
    goal.count = Math.max(left.length, goal.count - (goal.runs.length - left.length));
    goal.runs = left;
    for (const end of goal.ends ?? []) if (isGone(end)) end.run = null;
    if (goal.settled !== null && isGone(goal.settled)) goal.settled.run = null;
  }
  alert.goals = alert.goals.filter(({ runs }) => runs.length > 0);
  // All that it still waited for is gone.
  for (const goal of alert.goals)
    if (goal.left === 0) goal.settled ??= { how: 'over', at: alert.at, run: null };
  if (alert.goals.every(({ settled }) => settled !== null)) alert.state = 'closed';
}
