// What a person reads: the goal, its owner, the first true cause, and the path to it. Plain text, whatever jobs said.

import type { AlertedGoal, Delivery, NoticeKind } from '../../goals/wire/alerts.ts';
import { isLeaseId } from '../../goals/wire/lease.ts';
import { isStandingId } from '../../goals/wire/names.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';

const TEXT_LIMIT = 10_000;
const NAMED = 20;

const states: Record<NoticeKind, string> = {
  failed: 'not reached',
  struggling: 'struggling',
  'at-risk': 'at risk',
  late: 'late',
  'lease-stuck': 'with something left behind',
  stale: 'stale',
  stuck: 'stuck',
  warned: 'achieved with a warning',
  'in-doubt': 'in doubt',
};

const WHAT: Partial<Record<NoticeKind, string>> = { 'lease-stuck': 'Lease', stale: 'Goal' };

// One line each, so that no message of a job looks like a line of ours.
const line = (text: string): string => text.replace(/\s+/g, ' ').trim();
const ownedBy = ({ owner, team }: AlertedGoal): string => `owner ${line(owner)}, team ${line(team)}`;
/** The run of a goal that a message links to. */
export const lastRun = ({ runs }: AlertedGoal): AlertedGoal['runs'][number] =>
  runs.at(-1) as AlertedGoal['runs'][number];

export function linkTo(base: string, { run, execution }: { run: string; execution: string }): string {
  // The watcher of a standing outcome is no run: what it watches is a goal.
  if (isStandingId(run)) return `${base}/goals/${encodeURIComponent(run.split(':')[1] ?? '')}`;
  const id = encodeURIComponent(run).replaceAll('%3A', ':');
  return isLeaseId(run)
    ? `${base}/leases/${id}`
    : `${base}/runs/${id}?execution=${encodeURIComponent(execution)}`;
}

/** The goals that a message names. */
export const goalsOf = ({ alert, message }: Delivery): AlertedGoal[] =>
  alert.goals.filter(({ goal }) => message.goals.includes(goal));

const causeOf = ({ kind, trouble }: Delivery['alert']): string => {
  const { code, message } = trouble.cause ?? trouble;
  return line(['late', 'stale', 'warned', 'in-doubt'].includes(kind) ? message : `${code}: ${message}`);
};

const WITHOUT_CAUSE: ReadonlySet<NoticeKind> = new Set(['late', 'stale', 'stuck', 'warned', 'in-doubt']);

const because = (alert: Delivery['alert']): string =>
  `${WITHOUT_CAUSE.has(alert.kind) ? 'Why' : 'First true cause'}: ${causeOf(alert)}`;

export function alertText(delivery: Delivery, base: string): string {
  const { alert, message } = delivery;
  const goals = goalsOf(delivery);
  const lines = message.what === 'opened' ? opened(alert, goals, base) : reached(alert, goals, base);
  return boundedText(lines.join('\n'), TEXT_LIMIT);
}

function opened(alert: Delivery['alert'], goals: readonly AlertedGoal[], base: string): string[] {
  const [only] = goals;
  const many = goals.length + alert.more;
  if (only !== undefined && many === 1)
    return [
      `Goal ${states[alert.kind]}: ${only.goal} (${ownedBy(only)})`,
      because(alert),
      `Path: ${pathOf(only)}`,
      ...(only.count > 1
        ? [`${only.count} ${alert.kind === 'warned' ? 'runs' : 'failures'} since the last message`]
        : []),
      `${WHAT[alert.kind] ?? 'Run'}: ${linkTo(base, lastRun(only))}`,
    ];
  const named = goals.slice(0, NAMED);
  const more = many - named.length;
  return [
    `${many} goals ${states[alert.kind]}, for one cause`,
    because(alert),
    ...named.flatMap((goal) => [
      `- ${goal.goal} (${ownedBy(goal)}): ${pathOf(goal)}${goal.count > 1 ? `, ${goal.count} failures` : ''}`,
      `  ${linkTo(base, lastRun(goal))}`,
    ]),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

function reached(alert: Delivery['alert'], goals: readonly AlertedGoal[], base: string): string[] {
  return goals.slice(0, NAMED).flatMap((goal) => {
    if (alert.kind === 'lease-stuck')
      return [
        `Torn down after all: ${goal.goal} (${ownedBy(goal)})`,
        `Lease: ${linkTo(base, lastRun(goal))}`,
        ...(goal.count > 1
          ? [`${goal.count} leases had been stuck; GET /leases?state=stuck has the others`]
          : []),
      ];
    if (alert.kind === 'warned')
      return [
        `Goal warns no more: ${goal.goal} (${ownedBy(goal)})`,
        `Achieved: ${goal.settled?.run}, ${base}/runs/${goal.settled?.run}`,
        `It had warned since ${alert.at}: ${causeOf(alert)}`,
      ];
    const achieved = goal.settled?.run ?? '';
    const others = [...new Set(goal.runs.map(({ run }) => run))].filter((run) => run !== achieved);
    return [
      `Goal reached again: ${goal.goal} (${ownedBy(goal)})`,
      `Achieved: ${achieved}, ${base}/runs/${achieved}`,
      `It was ${states[alert.kind]} since ${alert.at}: ${causeOf(alert)}`,
      ...(goal.count > 1 ? [`${goal.count} failures in all`] : []),
      ...(others.length > 0 ? [`Other runs that failed: ${others.join(', ')}`] : []),
    ];
  });
}

const pathOf = (goal: AlertedGoal): string => [lastRun(goal).run, ...goal.path].map(line).join(' > ');
