// Each job is somebody else's endpoint. The services listen on this machine, so each is named in `allow`.

import { bind, http } from 'goalkeeper/worker';
import { describePlace, listQuakes, nearestAirport, printBulletin } from './goals.ts';

const feed = serviceAt('FEED_URL');
const airports = serviceAt('AIRPORTS_URL');
const press = serviceAt('PRESS_URL');

export const jobs = [
  bind(
    listQuakes,
    http({ method: 'GET', url: `${feed.url}/quakes?min={magnitude}&batch={batch}`, allow: [feed.host] }),
  ),
  bind(nearestAirport, http({ url: `${airports.url}/nearest?batch={batch}`, allow: [airports.host] })),
  bind(
    describePlace,
    http({ method: 'GET', url: `${feed.url}/quakes/{quake}/place?batch={batch}`, allow: [feed.host] }),
  ),
  // It answers 202, and calls back when the bulletin is printed.
  bind(printBulletin, http({ url: `${press.url}/bulletins`, allow: [press.host], later: { within: '1m' } })),
];

function serviceAt(variable: string): { url: string; host: string } {
  const url = process.env[variable];
  if (!url)
    throw new Error(
      `${variable} is not set; \`npm run example -- api-glue\` starts the services and sets it`,
    );
  return { url, host: new URL(url).host };
}
