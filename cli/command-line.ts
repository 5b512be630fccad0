// All commands of `npx goalkeeper <command>`. Each is a file of its own, and a line here.

import { createRequire } from 'node:module';
import { Command } from 'commander';
import { buildCommand } from './author/build.ts';
import { checkCommand } from './author/check.ts';
import { devCommand } from './author/dev.ts';
import { gatewayCommand } from './author/gateway.ts';
import { workerCommand } from './author/worker.ts';
import { conformCommand } from './conform.ts';
import { decisionKeyCommand } from './decision-key.ts';
import { generateCommand } from './generate.ts';
import { importCommand } from './import-crontab.ts';
import { initCommand } from './init.ts';
import { alertsCommand } from './operator/alerts.ts';
import { approvalsCommand } from './operator/approvals.ts';
import { auditCommand } from './operator/audit.ts';
import { backfillsCommand } from './operator/backfills.ts';
import { bulkActsCommand } from './operator/bulk-acts.ts';
import { completeCommand, completionCommand } from './operator/completion.ts';
import { datasetsCommand } from './operator/datasets.ts';
import { dueCommand } from './operator/due.ts';
import { errorsCommand } from './operator/errors.ts';
import { goalsCommand } from './operator/goals.ts';
import { leasesCommand } from './operator/leases.ts';
import { mcpCommand } from './operator/mcp.ts';
import { profilesCommand } from './operator/profiles-command.ts';
import { recoveriesCommand } from './operator/recoveries.ts';
import { retractionsCommand } from './operator/retractions.ts';
import { runsCommand } from './operator/runs.ts';
import { schedulesCommand } from './operator/schedules.ts';
import type { Screen } from './operator/screen.ts';
import { eventsCommand } from './operator/send-events.ts';
import { preflightCommand } from './preflight.ts';
import { tokenCommand } from './token.ts';
import { versionsCommand } from './versions.ts';
import { wrapCommand } from './wrap.ts';

const { version } = createRequire(import.meta.url)('goalkeeper/package.json') as { version: string };

/** The program; the commands of operators write to the screen. */
export const commandLine = (screen: Screen): Command =>
  new Command('goalkeeper')
    .description('A goal layer on Temporal: was the outcome reached, and if not, what truly stopped it?')
    .version(version)
    .showHelpAfterError('(goalkeeper --help tells what there is)')
    .commandsGroup('Operate:')
    .addCommand(runsCommand(screen))
    .addCommand(goalsCommand(screen))
    .addCommand(datasetsCommand(screen))
    .addCommand(dueCommand(screen))
    .addCommand(errorsCommand(screen))
    .addCommand(approvalsCommand(screen))
    .addCommand(schedulesCommand(screen))
    .addCommand(backfillsCommand(screen))
    .addCommand(bulkActsCommand(screen))
    .addCommand(recoveriesCommand(screen))
    .addCommand(retractionsCommand(screen))
    .addCommand(alertsCommand(screen))
    .addCommand(leasesCommand(screen))
    .addCommand(eventsCommand(screen))
    .addCommand(auditCommand(screen))
    .addCommand(mcpCommand(screen))
    .addCommand(profilesCommand(screen))
    .addCommand(completionCommand(screen))
    .addCommand(completeCommand(screen), { hidden: true })
    .commandsGroup('Develop:')
    .addCommand(devCommand())
    .addCommand(checkCommand())
    .addCommand(conformCommand())
    .addCommand(generateCommand())
    .commandsGroup('Deploy:')
    .addCommand(preflightCommand())
    .addCommand(versionsCommand())
    .addCommand(buildCommand())
    .addCommand(workerCommand())
    .addCommand(gatewayCommand())
    .addCommand(tokenCommand())
    .addCommand(decisionKeyCommand())
    .commandsGroup('Begin:')
    .addCommand(initCommand())
    .addCommand(importCommand())
    .addCommand(wrapCommand());
