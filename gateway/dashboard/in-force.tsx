/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The filters that a list is seen by: each in words, and a link that takes it away.

import { pathWith } from './asking.ts';
import { Quoted } from './text.tsx';

export const InForce = ({
  path,
  query,
  names,
}: {
  path: string;
  /** As the address has it. */
  query: Readonly<Record<string, string | undefined>>;
  /** Those that nothing else on the page shows. */
  names: readonly string[];
}) => {
  const given = names.filter((name) => query[name]);
  return given.length === 0 ? null : (
    <p class="facts">
      {given.map((name) => (
        <a href={pathWith(path, { ...query, cursor: undefined, [name]: undefined })}>
          {name}: <Quoted text={query[name] ?? ''} limit={80} /> ✕
        </a>
      ))}
    </p>
  );
};
