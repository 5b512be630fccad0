// The route by which people see a map of a run in parts, and each item that was lost.

import { z } from 'zod';
import { type MapDetails, mapDetailsSchema } from '../../goals/wire/map.ts';
import type { RunStory } from '../../views/run-view.ts';
import { offsetCursor, offsetIn } from '../http/cursor.ts';
import { invalid } from '../http/read-query.ts';
import { cursorField, executionQuerySchema, limitField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';

const mapQuerySchema = executionQuerySchema.extend({
  step: z.string().min(1).max(1000).describe('path of the step that is a map'),
  limit: limitField,
  cursor: cursorField,
});

export const showMap = route({
  method: 'GET',
  path: '/runs/:id/map',
  role: 'viewer',
  summary: 'Shows a map of a run in up to 200 parts, and lists the items that were lost.',
  params: { id: 'ID of the run' },
  query: mapQuerySchema,
  answers: { 200: { description: 'how it stands, `parts`, `items` and `next`', schema: mapDetailsSchema } },
  problems: ['run_id_malformed', 'run_unknown'],
  async handle({ params, query: { step, execution, limit, cursor }, c }, { runs }) {
    const story = await runs.story(await runs.find(params.id, execution));
    const told = pageOfMap(story, step, limit, cursor);
    if (told === null) throw invalid('step', 'names no map of this execution; `steps` of the run lists them');
    return c.json(told);
  },
});

/** A page of its lost items, with the map as a whole; null where the run has no such map. */
function pageOfMap(
  { run, maps }: Pick<RunStory, 'run' | 'maps'>,
  path: string,
  limit: number,
  cursor: string | undefined,
): MapDetails | null {
  const progress = run.steps.find((step) => step.path === path)?.map;
  const inParts = maps.get(path);
  if (progress === undefined || inParts === undefined) return null;
  const { lostItems: _, ...counts } = progress;
  const { kept, parts, lost } = inParts;
  const same = `${run.execution} ${path}`;
  const begin = cursor === undefined ? 0 : offsetIn(cursor, same);
  const end = begin + limit;
  return {
    ...{ step: path, ...counts, kept, parts },
    items: lost.slice(begin, end),
    next: end < lost.length ? offsetCursor(end, same) : null,
    unnamed: Math.max(0, counts.lost - lost.length),
  };
}
