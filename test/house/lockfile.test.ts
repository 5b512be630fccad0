// What npm installs is what was locked, to the byte, on every platform: npm leaves that out of the lock for packages of
// other platforms than the one it ran on.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('every package of the lock has its integrity; `npm view <package>@<version> dist.integrity` tells it', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { integrity?: string; link?: boolean }>;
  };
  const installed = Object.entries(packages).filter(([path, { link }]) => path !== '' && !link);
  expect(installed.length).toBeGreaterThan(300);
  const without = installed.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''));
  expect(without.map(([path]) => path)).toEqual([]);
});
