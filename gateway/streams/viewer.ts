// Who opened a stream, looked at anew while it is open: a token may be taken back, and a role.

import type { Principal } from '../access/principal.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Viewer } from './streams.ts';

/** The caller of a request, who may look as long as it is admitted and `isStill` so. */
export const viewerOf = (
  { principal, admitAgain }: Pick<RouteDeps, 'principal' | 'admitAgain'>,
  isStill: (now: Principal) => boolean,
): Viewer => ({
  name: principal.verified ? principal.name : null,
  // Whoever is refused comes again, and hears why.
  mayStill: () => admitAgain().then(isStill, () => false),
});
