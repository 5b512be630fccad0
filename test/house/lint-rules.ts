// The rules of lint that the table of arrows comes to, as biome.json has them. `npm run lint-rules` writes them there.

import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path/posix';
import { ARROWS, REPO, ROOMS } from './arrows.ts';

const MESSAGE = 'This file may not import that: see the table of arrows in test/house/arrows.ts.';

/** One override for the landing of each folder, and one for each of its rooms. */
export const lintRules = (): object[] =>
  // What lies below a folder and has a table of its own comes after it, and so counts.
  Object.entries(ARROWS)
    .sort()
    .flatMap(([from, { folders, packages, types = [] }]) => {
      const rooms = ROOMS[from];
      const others = [
        ...folders.flatMap((to) => as(to, from)),
        ...[...packages, ...types].flatMap(withFiles),
      ];
      const rest = [rooms === undefined ? `${from}/**` : `${from}/*.ts`, './**'];
      return [
        rest,
        ...Object.entries(rooms ?? {}).map(([room, reached]) => [
          `${from}/${room}/**`,
          ...own(from, room, reached),
        ]),
      ].map(([files, ...own]) => rule(files as string, [...own, ...others]));
    });

/** How a room's files write what they may import of their own folder, from the room and from a sub-folder of it. */
function own(from: string, room: string, reached: readonly string[]): string[] {
  const below = readdirSync(join(REPO, from, room), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const ups = below.length === 0 ? ['..'] : ['..', '../..'];
  return [
    './**',
    ...(below.length === 0 ? [] : ['../*.ts', '../*.tsx', ...below.map(({ name }) => `../${name}/**`)]),
    ...ups.flatMap((up) =>
      reached.map((to) => `${up}/${to === '.' ? '*.ts' : to.endsWith('.ts') ? to : `${to}/**`}`),
    ),
  ];
}

/** How files of a folder write the files of another. */
const as = (to: string, from: string): string[] => [
  `**/${to}/**`,
  ...(dirname(to) === dirname(from) && dirname(to) !== '.' ? [`../${basename(to)}/**`] : []),
];

const rule = (files: string, allowed: readonly string[]): object => ({
  includes: [files],
  linter: {
    rules: {
      style: {
        noRestrictedImports: {
          level: 'error',
          options: {
            patterns: [
              { group: ['**', ...[...new Set(allowed)].map((pattern) => `!${pattern}`)], message: MESSAGE },
            ],
          },
        },
      },
    },
  },
});

/** A package and its files; Temporal's are had by their front door, and `#goals` has none. */
const withFiles = (name: string): string[] => [
  name,
  ...(name.startsWith('#') || name.startsWith('@temporalio/') ? [] : [`${name}/**`]),
];
