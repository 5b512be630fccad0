// Every action that has a form. A new one is a row in a file of its subject, and its name here.

import type { Action, ActionRow, Opening } from './action.ts';
import { startBackfillRow, steerBackfillRow } from './backfill-action.tsx';
import { startBulkActRow, stopBulkActRow } from './bulk-action.tsx';
import { decideRow } from './decide-action.tsx';
import { fillDatasetRow } from './fill-action.tsx';
import { muteRow, pauseRow, unmuteRow, unpauseRow } from './goal-actions.tsx';
import { acknowledgeRow, retryLeaseRow, steerScheduleRow } from './operation-actions.tsx';
import { recoverTroubleRow, steerRecoveryRow } from './recovery-actions.tsx';
import { resumeRow } from './resume-action.tsx';
import { recoverRetractionRow, retractRow } from './retraction-actions.tsx';
import { acceptRow, cancelRow } from './run-actions.tsx';
import { startRow } from './start-action.tsx';

export const actionRows: readonly ActionRow[] = [
  ...[resumeRow, cancelRow, acceptRow, decideRow],
  ...[startRow, pauseRow, unpauseRow, muteRow, unmuteRow],
  ...[startBackfillRow, steerBackfillRow, fillDatasetRow],
  ...[startBulkActRow, stopBulkActRow],
  ...[recoverTroubleRow, steerRecoveryRow, retractRow, recoverRetractionRow],
  ...[steerScheduleRow, retryLeaseRow, acknowledgeRow],
];

export interface FoundAction {
  query: readonly string[];
  open(opening: Opening): Promise<Action>;
}

/** The action of a path; null where there is none. */
export function actionAt(path: string): FoundAction | null {
  for (const { path: pattern, query = [], open } of actionRows) {
    const found = pattern.exec(path);
    if (found === null) continue;
    try {
      const names = [decodeURIComponent(found[1] ?? ''), decodeURIComponent(found[2] ?? '')] as const;
      return { query, open: (opening) => open(names, opening) };
    } catch {
      return null;
    }
  }
  return null;
}
