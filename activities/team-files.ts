// The files of a team's folder, by what they hold: `goals.ts` or `goals/index.ts`, in TypeScript or JavaScript.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What a team's files may end in; the first that is there is taken. */
export const TEAM_EXTENSIONS = ['ts', 'mts', 'js', 'mjs'] as const;

/** The path of a team's `goals`, `jobs` or `plugins`; null where the folder has none. */
export function teamFile(folder: string, name: 'goals' | 'jobs' | 'plugins'): string | null {
  const places = [name, join(name, 'index')];
  const files = places.flatMap((place) =>
    TEAM_EXTENSIONS.map((extension) => join(folder, `${place}.${extension}`)),
  );
  return files.find((file) => existsSync(file)) ?? null;
}
