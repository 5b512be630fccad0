// Markdown that somebody else wrote, as HTML that runs nothing: tags in it are text, links go to the web and nowhere else, and an
// image is a link to it. The time that it takes is bounded by the text's length, whatever it is (markdown-it).

import MarkdownIt from 'markdown-it';
import { isWebAddress } from '../../goals/wire/artifact-bounds.ts';
import { visible } from './text.tsx';

/** Headings of a text stand below those of its page. */
const BELOW = 3;
const LOWEST = 6;

const reader = new MarkdownIt({ html: false, linkify: false }).disable(['image']);
reader.validateLink = isWebAddress;

/** The HTML, which may be written into a page as it is. */
export function htmlOf(markdown: string): string {
  const tokens = reader.parse(visible(markdown), {});
  for (const token of tokens) {
    if (token.type.startsWith('heading_'))
      token.tag = `h${Math.min(LOWEST, Number(token.tag.slice(1)) + BELOW)}`;
    // A page allows no style of its own, and the language of code is no matter.
    token.attrs = token.attrs?.filter(([name]) => name !== 'style') ?? null;
    token.info = '';
    for (const child of token.children ?? [])
      if (child.type === 'link_open') child.attrSet('rel', 'noreferrer');
  }
  return reader.renderer.render(tokens, reader.options, {});
}
