#!/usr/bin/env node
// Starts the command-line program from its sources, which need a loader.

import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
