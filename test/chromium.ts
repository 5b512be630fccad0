// The Chromium of the system, for tests of pages. Where it is missing it is installed by apt, where that is permitted.

import { access } from 'node:fs/promises';
import { installFromDebian } from './debian.ts';

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].flatMap((path) => path ?? []);

async function found(): Promise<string | undefined> {
  for (const path of PLACES)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  return undefined;
}

/** Path of the browser. Rejects, saying how to get one, where there is none and none can be installed. */
export async function chromium(): Promise<string> {
  const there = await found();
  if (there !== undefined) return there;
  try {
    await installFromDebian('chromium');
  } catch (error) {
    throw new Error(
      `tests of pages need Chromium: install it (apt-get install chromium), or name one in CHROMIUM. ${(error as Error).message}`,
    );
  }
  const installed = await found();
  if (installed === undefined) throw new Error('apt installed Chromium, and it is at no place that is known');
  return installed;
}
