/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The way to the next page of a list; nothing where this is the last.

import { pathWith } from './asking.ts';

export const NextPage = ({
  path,
  query,
  next,
  words,
}: {
  path: string;
  /** As the address has it. */
  query: Readonly<Record<string, string | undefined>>;
  next: string | null;
  words: string;
}) =>
  next === null ? null : (
    <p class="foot">
      <a class="b" href={pathWith(path, { ...query, cursor: next })}>
        {words}
      </a>
    </p>
  );
