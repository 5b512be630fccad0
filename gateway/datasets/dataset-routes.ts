// The routes by which people see datasets, their partitions, and who made and used each.

import { z } from 'zod';
import { BACKFILL_KEYS } from '../../goals/wire/backfill.ts';
import {
  datasetListSchema,
  datasetPageSchema,
  partitionViewSchema,
} from '../../goals/wire/dataset-answers.ts';
import { datasetBookId } from '../../goals/wire/names.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { Problem } from '../http/problems.ts';
import { cursorField, keyField, limitField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { pageOfDataset } from './dataset-page.ts';
import { declaredDataset, declaredDatasets, latestIn, withMarks } from './published-datasets.ts';
import { readBook } from './read-book.ts';

export const listDatasets = route({
  method: 'GET',
  path: '/datasets',
  role: 'viewer',
  summary: 'Lists the datasets: who produces and uses each, and the version that was made last.',
  answers: { 200: { description: '`items` and `next` (always null)', schema: datasetListSchema } },
  async handle({ c }, { catalogue, pages, scope }) {
    const declared = declaredDatasets(await catalogue.all(), scope);
    const books = await latestIn(
      pages,
      declared.map(({ name }) => datasetBookId(name)),
    );
    const items = declared.map((one) => {
      const latest = books.get(datasetBookId(one.name)) ?? null;
      return { ...one, latest: latest?.team === one.team ? latest : null };
    });
    return c.json({ items, next: null });
  },
});

const showDatasetSchema = z.strictObject({
  of: z
    .enum(['expected', 'found'])
    .optional()
    .describe(
      '`expected`: the partitions that follow from the keys of a goal that produces it, with gaps; `found`: those that were made. Default: `expected` where a goal declares such keys',
    ),
  state: z.enum(['made', 'missing']).optional().describe('`missing`: expected, and nobody has made it'),
  part: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('name of the part that `from` and `to` are of; default: the first of the key of the goal'),
  from: keyField.optional().describe('first value of that part, included'),
  to: keyField.optional().describe('last value of that part, included'),
  fill: z
    .enum(['page', 'all'])
    .default('page')
    .describe(
      `of which partitions \`fill\` has those that are missing: of this page, or \`all\` of the range, up to ${BACKFILL_KEYS}; default: \`page\``,
    ),
  limit: limitField,
  cursor: cursorField,
});

export const showDataset = route({
  method: 'GET',
  path: '/datasets/:name',
  role: 'viewer',
  summary: 'Shows a dataset: its partitions with their latest version, and the gaps among them.',
  params: { name: 'name of the dataset' },
  query: showDatasetSchema,
  answers: {
    200: { description: '`dataset`, `items`, `next`, and what fills the gaps', schema: datasetPageSchema },
  },
  problems: ['dataset_unknown'],
  handle: async ({ params, query, c }, deps) => c.json(await pageOfDataset(deps, params.name, query)),
});

export const showPartition = route({
  method: 'GET',
  path: '/datasets/:name/partitions/:key',
  role: 'viewer',
  summary: 'Shows a partition: its versions, who made each, and who used it.',
  params: { name: 'name of the dataset', key: 'the partition, as the list of the dataset has it in `key`' },
  answers: { 200: { description: 'the partition', schema: partitionViewSchema } },
  problems: ['dataset_unknown', 'partition_unknown'],
  async handle({ params: { name, key }, c }, deps) {
    const { team } = await declaredDataset(deps, name);
    const book = await readBook(deps.temporal, name, key);
    const versions = await withMarks(deps.pages, book.versions.filter((one) => one.team === team).reverse());
    const [first] = versions;
    if (first === undefined)
      throw new Problem('partition_unknown', `Nobody has made a partition '${key}' of the dataset ${name}.`);
    const goals = new Set((await deps.catalogue.all()).map(({ goal }) => goal));
    // Of another team's runs nothing is told.
    const isShown = ({ run }: { run: string }): boolean =>
      deps.scope.teams === null || goals.has(parseRunId(run)?.goal ?? '');
    return c.json({
      ...{ dataset: name, key, partition: first.partition },
      versions: versions.map((version) => ({ ...version, uses: version.uses.filter(isShown) })),
    });
  },
});
