import { readFile, writeFile } from 'node:fs/promises';

const [BEGIN, END] = ['<!-- figures -->', '<!-- /figures -->'];

/**
 * Writes figures that were measured into a page, between two marks, and leaves the rest of it as it is. A page that is not
 * there begins with them; one without the marks is an error.
 */
export async function writeFigures(file: string, figures: string): Promise<void> {
  const page = await readFile(file, 'utf8').catch(() => `${BEGIN}\n${END}\n`);
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`${file} has no ${BEGIN} followed by ${END}`);
  await writeFile(file, `${page.slice(0, from + BEGIN.length)}\n${figures}\n${page.slice(to)}`);
}
