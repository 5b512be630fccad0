// Writes the parts of the reference that are made from tables in the code: `npm run docs:reference`.

import { writeFileSync } from 'node:fs';
import { generated, pageOf } from './generated.ts';

for (const path of Object.keys(generated)) writeFileSync(path, pageOf(path));
