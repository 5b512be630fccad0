// A process that checks a project once and gives its parent the report: modules that were loaded stay as they were, so
// each state of the files has a process of its own.

import { checkProject } from './check-project.ts';

const [, , folder, isForWorker] = process.argv;
const report = await checkProject(folder ?? '.', isForWorker === 'true');
process.send?.(report, () => process.exit(0));
