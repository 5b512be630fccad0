// Writes docs/reference/configuration.md from the table of variables.

import { writeFileSync } from 'node:fs';
import { variablesPage } from './variables-page.ts';

writeFileSync('docs/reference/configuration.md', variablesPage());
