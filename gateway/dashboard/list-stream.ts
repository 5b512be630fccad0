// Which stream says that a page of lists may have changed. A run's own page names its own.

import { pathWith } from './asking.ts';

/** The path of the stream; undefined where the page stays as it is. */
export function listStream(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const { cursor, ...filters } = query;
  if (path === '/' || path === '/goals') return '/runs/events';
  if (path === '/approvals') return cursor === undefined ? '/runs/events?state=asking' : undefined;
  // An older page of a list is about what is over.
  if (path === '/runs') return cursor === undefined ? pathWith('/runs/events', filters) : undefined;
  const [, goal] = /^\/goals\/([^/]+)$/.exec(path) ?? [];
  return goal === undefined ? undefined : `/runs/events?goal=${goal}`;
}
