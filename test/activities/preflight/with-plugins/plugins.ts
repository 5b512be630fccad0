import { fileURLToPath } from 'node:url';
import type { BundlerPlugin } from '@temporalio/worker';

const interceptors = fileURLToPath(new URL('./interceptors.ts', import.meta.url));

export const plugins: BundlerPlugin[] = [
  {
    name: 'sleeps-first',
    configureBundler: (options) => ({ ...options, workflowInterceptorModules: [interceptors] }),
  },
];
