import type { GoalPreflight, Preflight } from './preflight.ts';

/** What replay cannot see: such a change breaks no open run, and changes what open runs do from then on. */
export const UNSEEN = [
  'a changed input of a step',
  'a changed length of a sleep',
  'changed criteria',
  'a change after the point that a run has reached',
] as const;

/** What can be done about runs that the new code would break. */
export const MENDS = [
  'keep the old way for them, behind `patched` of the second argument of `pursue`',
  'make each deploy a version of its own (GOALKEEPER_VERSIONING): from then on, open runs finish on the code that began them',
  'give the changed goal a new name, and keep the old one until they have ended',
  'let them finish first, and deploy then',
  'deploy with GOALKEEPER_PREFLIGHT=warn, and resume or cancel each of them',
] as const;

/** The report for people: the goals that break first, with the first difference, the runs, and what can be done. */
export function describePreflight({ goals, replayed, broken }: Preflight): string {
  const lines = [...goals].sort((a, b) => b.broken - a.broken).flatMap(goalLines);
  if (broken > 0) lines.push('What can be done:', ...MENDS.map((mend) => `  - ${mend}`), '');
  lines.push(
    `${replayed} open runs replayed, ${broken} would break. Replay does not see: ${UNSEEN.join(', ')}.`,
  );
  return lines.join('\n');
}

function goalLines({ goal, open, replayed, broken, stuckBefore, differences }: GoalPreflight): string[] {
  const of = replayed < open ? `${replayed} of ${open} open` : `${open} open`;
  if (broken === 0 && stuckBefore === 0) return [`${goal}: ${of}, all go on`];
  const stuck = stuckBefore === 0 ? '' : `, ${stuckBefore} could not go on before either`;
  const lines = [`${goal}: ${of}, ${broken} would break${stuck}`];
  for (const { difference, count, runs } of differences) {
    lines.push(`  ${difference} (${count})`);
    lines.push(...runs.map(({ id }) => `    ${id}`));
    if (count > runs.length) lines.push(`    and ${count - runs.length} more`);
  }
  return [...lines, ''];
}
