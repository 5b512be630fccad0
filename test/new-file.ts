// Files that share a process begin alike: each with a Temporal server that nobody has used, and the environment as it was.

import { renewEnvironment } from './shared-environment.ts';
import { renewTemporal } from './temporal-address.ts';

renewEnvironment();
await renewTemporal();
