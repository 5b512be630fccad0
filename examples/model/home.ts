import { resolve } from 'node:path';

/** Where models and the addresses of clusters lie: MODEL_DIR, default `.goalkeeper/model` under the current directory. */
export const home = (): string => resolve(process.env.MODEL_DIR || '.goalkeeper/model');
