// A team that owns no data and no computation, only the glue between other people's services: a feed of earthquakes, a
// service (in Python) that knows airports, a press that takes its time.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

// It ends up in addresses and in the name of a file.
const batch = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/);

const position = { latitude: z.number(), longitude: z.number() };
const quake = z.object({ id: z.string(), magnitude: z.number(), at: z.string(), ...position });

// What hangs is given up quickly, and a blip is no reason to give up at all.
const patient = { timeout: '2s', retry: { attempts: 6, delay: '200ms' } } as const;

export const listQuakes = job({
  name: 'list-quakes',
  input: z.object({ batch, magnitude: z.number() }),
  output: z.object({ quakes: z.array(quake) }),
  ...patient,
});

export const nearestAirport = job({
  name: 'nearest-airport',
  input: z.object({ batch, withinKm: z.number(), ...position }),
  output: z.object({ iata: z.string(), name: z.string(), km: z.number() }),
  ...patient,
});

export const describePlace = job({
  name: 'describe-place',
  input: z.object({ batch, quake: z.string() }),
  output: z.object({ place: z.string() }),
  ...patient,
});

const entry = z.object({ magnitude: z.number(), at: z.string(), where: z.string() });

export const printBulletin = job({
  name: 'print-bulletin',
  input: z.object({ batch, entries: z.array(entry) }),
  output: z.object({ bulletin: z.string(), entries: z.int() }),
  ...patient,
});

export const quakeBulletin = goal({
  name: 'quake-bulletin',
  outcome: "The week's strong earthquakes of North America are in print, each with where it was",
  team: 'press-office',
  owner: 'press-office-on-call',
  input: z.object({ batch }),
  output: z.object({ bulletin: z.string(), printed: z.int(), quakes: z.int(), byAirport: z.int() }),
  key: ['batch'],
  deadline: '5m',
  criteria: {
    'there were earthquakes': ({ quakes }) => quakes > 0 || 'the feed had none',
    'each of them is in print': ({ printed, quakes }) => printed === quakes || `${printed} of ${quakes} are`,
  },
  jobs: [listQuakes, nearestAirport, describePlace, printBulletin],
  async pursue({ batch }, { run }) {
    const { quakes } = await run(listQuakes, { batch, magnitude: 4.2 });
    const places = await Promise.all(
      quakes.map(async ({ id, latitude, longitude }) => {
        try {
          const airport = await run(nearestAirport, { batch, latitude, longitude, withinKm: 300 });
          return {
            byAirport: true,
            where: `${Math.round(airport.km)} km from ${airport.name} (${airport.iata})`,
          };
        } catch {
          // Out at sea there is none: then what the feed calls the place is good enough.
          const { place } = await run(describePlace, { batch, quake: id });
          return { byAirport: false, where: place };
        }
      }),
    );
    const entries = quakes.map(({ magnitude, at }, i) => ({ magnitude, at, where: places[i]?.where ?? '' }));
    const { bulletin, entries: printed } = await run(printBulletin, { batch, entries });
    const byAirport = places.filter((place) => place.byAirport).length;
    return { bulletin, printed, quakes: quakes.length, byAirport };
  },
});

export default [quakeBulletin];
