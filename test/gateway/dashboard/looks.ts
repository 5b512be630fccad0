// How a page looks: pictures of it, which are kept, and what axe finds.

import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const SHOTS = fileURLToPath(new URL('../../../.goalkeeper/screenshots/', import.meta.url));
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds in a page. */
async function axe(page: Page): Promise<string[]> {
  // Past the page's own policy, as a debugger is.
  await page.evaluate(await readFile(axePath, 'utf8'));
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

/** Cells of cards that say a value and not of what: on a phone no heading stands above them. */
const BARE_CELLS = `[...document.querySelectorAll('main table:not(.numbers, .scrolls table) td')]
  .filter((cell) => cell.offsetParent !== null && cell.cellIndex > 0 && cell.textContent.trim() !== '' && cell.colSpan === 1)
  .filter((cell) => !cell.matches('.healed') && !cell.querySelector('svg, .state, .acts') && getComputedStyle(cell, '::before').content === 'none')
  .map((cell) => cell.textContent.trim().slice(0, 60))`;

const LOOKS = [
  ['light', 1280, 900],
  ['dark', 1280, 900],
  ['phone', 390, 844],
] as const;

/** What is wrong with a page as it stands, light, dark and on a phone, of which pictures are kept. */
export async function faultsAsItStands(page: Page, name: string): Promise<string[]> {
  await mkdir(SHOTS, { recursive: true });
  const faults: string[] = [];
  for (const [look, width, height] of LOOKS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: look === 'light' ? 'light' : 'dark' });
    await page.screenshot({ path: `${SHOTS}${name}-${look}.png`, fullPage: look !== 'phone' });
    const found = await axe(page);
    const bare = look === 'phone' ? ((await page.evaluate(BARE_CELLS)) as string[]) : [];
    const isWide = (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) === true;
    faults.push(
      ...[
        ...found,
        ...bare.map((value) => `a value without a word: ${value}`),
        ...(isWide ? ['it scrolls sideways'] : []),
      ].map((fault) => `${look}: ${fault}`),
    );
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  return faults;
}

/** Shapes of drawings and marks that cannot be told from what they stand on. */
const UNSEEN = `(() => {
  const ground = getComputedStyle(document.body).backgroundColor;
  const isSeen = (paint) => paint !== 'none' && paint !== ground;
  return [...document.querySelectorAll('main svg [class^="d-"]:not(.d-sunk, .d-fold, .d-cross, text)')]
    .filter((shape) => { const { fill, stroke } = getComputedStyle(shape); return !isSeen(fill) && !isSeen(stroke); })
    .map((shape) => shape.getAttribute('class'));
})()`;

/** What is wrong with a page in a few colours that the reader has chosen, and for whoever wants nothing to move. A picture is kept. */
export async function faultsInForcedColors(page: Page, name: string): Promise<string[]> {
  await mkdir(SHOTS, { recursive: true });
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce', colorScheme: 'dark' });
  await page.screenshot({ path: `${SHOTS}${name}-forced.png`, fullPage: true });
  const unseen = (await page.evaluate(UNSEEN)) as string[];
  const moving = (await page.evaluate('document.getAnimations().length')) as number;
  const outline = await page.evaluate(
    "getComputedStyle(document.querySelector('.nav a[aria-current]')).outlineStyle",
  );
  const faults = [
    ...(await axe(page)),
    ...unseen.map((shape) => `not to be seen: ${shape}`),
    ...(moving === 0 ? [] : [`${moving} things move`]),
    ...(outline === 'none' ? ['nothing says which screen it is'] : []),
  ];
  await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'no-preference', colorScheme: 'light' });
  return faults;
}
