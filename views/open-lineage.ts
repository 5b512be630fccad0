// A run's record as OpenLineage events (spec 2-0-2): that it began, and how it ended, with the partitions that it used and produced.

import type { Produced, Used } from '../goals/wire/datasets.ts';
import type { RunRecord } from '../goals/wire/run-record.ts';

const PRODUCER = 'urn:goalkeeper';
const SPEC = 'https://openlineage.io/spec';

type Facet = { _producer: string; _schemaURL: string } & Record<string, unknown>;

interface LineageDataset {
  namespace: string;
  name: string;
  facets: Record<string, Facet>;
  outputFacets?: Record<string, Facet>;
}

/** An OpenLineage `RunEvent`. */
export interface LineageEvent {
  eventType: 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';
  eventTime: string;
  producer: string;
  schemaURL: string;
  run: { runId: string; facets: Record<string, Facet> };
  job: { namespace: string; name: string; facets: Record<string, Facet> };
  inputs: LineageDataset[];
  outputs: LineageDataset[];
}

const facet = (path: string, name: string, fields: object): Facet => ({
  ...{ _producer: PRODUCER, _schemaURL: `${SPEC}/facets/${path}/${name}.json#/$defs/${name}` },
  ...fields,
});

/** Both events of a closed run: an execution is a run of OpenLineage, and its goal the job. None while it is open. */
export function lineageEvents(record: RunRecord, namespace: string): LineageEvent[] {
  const { intention, outcome, execution } = record;
  if (outcome.outcome === null || outcome.closedAt === null) return [];
  const { kind, at } = intention.why;
  const isTimed = kind === 'schedule' || kind === 'backfill';
  const job = { namespace, name: intention.goal, facets: {} };
  const common = {
    ...{ producer: PRODUCER, schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`, job },
    inputs: (record.used ?? []).map((used) => datasetOf(namespace, used)),
  };
  const facets = isTimed
    ? { nominalTime: facet('1-0-1', 'NominalTimeRunFacet', { nominalStartTime: at }) }
    : {};
  const { failure } = outcome;
  const errorMessage =
    failure === null
      ? {}
      : {
          errorMessage: facet('1-0-1', 'ErrorMessageRunFacet', {
            message: `${failure.cause?.code ?? failure.code}: ${failure.cause?.message ?? failure.message}`,
            programmingLanguage: 'TypeScript',
          }),
        };
  // It counts once the run is achieved.
  const produced = outcome.outcome === 'achieved' ? (record.produced ?? []) : [];
  return [
    {
      ...{ eventType: 'START', eventTime: intention.startedAt, ...common },
      ...{ run: { runId: execution, facets }, outputs: [] },
    },
    {
      ...{ eventType: ENDS[outcome.outcome], eventTime: outcome.closedAt, ...common },
      run: { runId: execution, facets: { ...facets, ...errorMessage } },
      outputs: produced.map((one) => outputOf(namespace, one)),
    },
  ];
}

const ENDS = { achieved: 'COMPLETE', failed: 'FAIL', cancelled: 'ABORT' } as const;

function datasetOf(
  namespace: string,
  { dataset, partition, version, digest, where }: Produced | Used,
): LineageDataset {
  const datasetVersion = version ?? digest;
  return {
    ...{ namespace, name: dataset },
    facets: {
      goalkeeper_partition: {
        ...{ _producer: PRODUCER, _schemaURL: `${PRODUCER}:partition-facet` },
        ...{ partition, ...(where === undefined ? {} : { where }) },
      },
      ...(datasetVersion === undefined
        ? {}
        : { version: facet('1-0-1', 'DatasetVersionDatasetFacet', { datasetVersion }) }),
    },
  };
}

function outputOf(namespace: string, produced: Produced): LineageDataset {
  const { rows, bytes } = produced;
  if (rows === undefined && bytes === undefined) return datasetOf(namespace, produced);
  return {
    ...datasetOf(namespace, produced),
    outputFacets: {
      outputStatistics: facet('1-0-2', 'OutputStatisticsOutputDatasetFacet', {
        ...(rows === undefined ? {} : { rowCount: rows }),
        ...(bytes === undefined ? {} : { size: bytes }),
      }),
    },
  };
}
