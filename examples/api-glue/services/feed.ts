// The feed: a week of real earthquakes (U.S. Geological Survey, February 2018), as the npm package vega-datasets brings them.
//
//   GET /quakes?min=4.2&batch=…           the stronger ones of North America
//   GET /quakes/{id}/place?batch=…        where one was, in words

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { answer, Counter, hasFaults, serve } from './serve.ts';

interface Feature {
  id: string;
  properties: { mag: number; place: string; time: number };
  geometry: { coordinates: [longitude: number, latitude: number, depth: number] };
}

// The package exports its code only; its data lies beside it.
const file = fileURLToPath(new URL('../data/earthquakes.json', import.meta.resolve('vega-datasets')));
const { features } = JSON.parse(await readFile(file, 'utf8')) as { features: Feature[] };
const requests = new Counter();

const isNorthAmerican = ({ geometry: { coordinates } }: Feature): boolean =>
  coordinates[0] < -50 && coordinates[1] > 10;

serve('feed', ({ url, response }) => {
  const [, quakes, id, place] = url.pathname.split('/');
  if (quakes !== 'quakes')
    return answer(response, 404, { code: 'not_found', message: 'There is only /quakes.' });
  const before = requests.next(url.href);
  if (place === 'place') {
    const found = features.find((feature) => feature.id === id);
    return found === undefined
      ? answer(response, 404, { code: 'quake_unknown', message: `There is no quake ${id}.` })
      : answer(response, 200, { place: found.properties.place });
  }
  if (hasFaults && before === 0)
    return answer(response, 503, { message: 'The feed is being refreshed.' }, { 'retry-after': '1' });
  const found = features
    .filter((feature) => feature.properties.mag >= Number(url.searchParams.get('min')))
    .filter(isNorthAmerican)
    .map(({ id, properties: { mag, time }, geometry: { coordinates } }) => ({
      id,
      magnitude: mag,
      at: new Date(time).toISOString(),
      longitude: coordinates[0],
      latitude: coordinates[1],
    }));
  if (!hasFaults || before > 1) return answer(response, 200, { quakes: found });
  const body = JSON.stringify({ quakes: found });
  response.writeHead(200, { 'content-length': body.length });
  return response.write(body.slice(0, body.length / 2), () => response.destroy());
});
