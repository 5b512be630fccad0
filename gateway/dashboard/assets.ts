// What pages load: two files under names made of what they hold, so that a browser keeps them for good.

import { createHash } from 'node:crypto';
import { SCRIPT } from './script/script.ts';
import { STYLE } from './style/style.ts';

interface Asset {
  path: string;
  type: string;
  text: string;
}

const named = (name: string, extension: string, type: string, text: string): Asset => ({
  path: `/assets/${name}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.${extension}`,
  type,
  text,
});

export const stylesheet = named('style', 'css', 'text/css; charset=utf-8', STYLE);
export const script = named('pages', 'js', 'text/javascript; charset=utf-8', SCRIPT);

const assets: ReadonlyMap<string, Asset> = new Map([stylesheet, script].map((asset) => [asset.path, asset]));

/** The file of a path; null for any other path. */
export function assetResponse(path: string): Response | null {
  const asset = assets.get(path);
  if (asset === undefined) return null;
  return new Response(asset.text, {
    headers: { 'content-type': asset.type, 'cache-control': 'public, max-age=31536000, immutable' },
  });
}
