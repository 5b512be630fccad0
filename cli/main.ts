// The process of the command-line program: `npx goalkeeper <command>`.

import { commandLine } from './command-line.ts';
import { processScreen } from './operator/screen.ts';

await commandLine(processScreen()).parseAsync();
