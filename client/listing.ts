// Lists of the gateway: read page by page, as they are iterated.

import { type CallOptions, json, type Send } from './send.ts';

/** A page of a list; `next` is what to give as `cursor` for the page after, null at the last. */
export interface AnswerPage<Item> {
  items: Item[];
  next: string | null;
}

/** All items of a list, by `for await`; the pages are read as they are come to. */
export interface Listing<Item, Page extends AnswerPage<Item> = AnswerPage<Item>> extends AsyncIterable<Item> {
  /** One page as the gateway answers it: the first, or that of the filter's `cursor`. */
  page(): Promise<Page>;
}

export function listing<Item, Page extends AnswerPage<Item> = AnswerPage<Item>>(
  send: Send,
  path: string,
  query: object = {},
  { signal }: CallOptions = {},
): Listing<Item, Page> {
  const read = (more: object): Promise<Page> =>
    json(send, 'GET', path, { query: { ...query, ...more }, signal });
  return {
    page: () => read({}),
    async *[Symbol.asyncIterator]() {
      for (let more = {}; ; ) {
        const { items, next = null } = await read(more);
        yield* items;
        if (next === null) return;
        more = { cursor: next };
      }
    },
  };
}
