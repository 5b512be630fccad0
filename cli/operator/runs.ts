import { Command } from 'commander';
import { noteRunCommand, tagRunCommand } from './annotate-run.ts';
import { runLineageCommand } from './datasets.ts';
import { deleteRunCommand } from './delete-run.ts';
import { acceptRunCommand, cancelRunCommand } from './end-run.ts';
import { listRunsCommand } from './list-runs.ts';
import { resumeRunCommand } from './resume-run.ts';
import { retractRunCommand } from './retract-run.ts';
import { runArtifactsCommand } from './run-artifacts.ts';
import { runLogsCommand } from './run-logs.ts';
import type { Screen } from './screen.ts';
import { showRunCommand } from './show-run.ts';
import { startRunCommand } from './start-run.ts';
import { watchRunCommand } from './watch-run.ts';

/** `goalkeeper runs …`. */
export const runsCommand = (screen: Screen): Command =>
  new Command('runs')
    .summary(
      'list, show, watch, read logs and artifacts of, start, resume, cancel, accept, retract, tag, annotate and delete runs',
    )
    .addCommand(listRunsCommand(screen), { isDefault: true })
    .addCommand(showRunCommand(screen))
    .addCommand(watchRunCommand(screen))
    .addCommand(runLineageCommand(screen))
    .addCommand(runLogsCommand(screen))
    .addCommand(runArtifactsCommand(screen))
    .addCommand(startRunCommand(screen))
    .addCommand(resumeRunCommand(screen))
    .addCommand(cancelRunCommand(screen))
    .addCommand(acceptRunCommand(screen))
    .addCommand(retractRunCommand(screen))
    .addCommand(tagRunCommand(screen))
    .addCommand(noteRunCommand(screen))
    .addCommand(deleteRunCommand(screen));
