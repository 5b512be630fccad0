import { installedInRelease } from '../light-installed.ts';

export default [installedInRelease(1)];
