import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('goalkeeper/package.json') as { version: string };

/** The version of this package, such as `0.1.2`. */
export const OWN_VERSION = version;
