// Who reads a page, as far as pages need to know: what is not theirs to do is not offered.

import type { Role } from '../http/route.ts';

export interface PageReader {
  /** Null where nobody knows: then a form asks for a name. */
  name: string | null;
  /** Whether they have a role for a team's things; `null`: for every team's; `undefined`: for those of some team. */
  may(role: Role, team?: string | null): boolean;
  /** Whether they are one of these people, teams or groups, where the gateway can know. */
  goesBy(names: readonly string[]): Promise<boolean>;
}

/** A reader who may only read. */
export const onlyReads: PageReader = { name: null, may: () => false, goesBy: async () => false };
