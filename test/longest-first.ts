import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute or about: begun last, one of them would keep the suite waiting alone. */
const LONGEST = [
  // It takes a core by itself, so lighter ones come beside it.
  'chaos/chaos',
  'engine/record-sinks',
  'engine/bounded/bounded',
  'engine/schedules/outages',
  'engine/maps/map',
  'engine/outcomes/later',
  'deploy/local/start',
  'histories/histories',
  'deploy/cluster/cluster',
  'deploy/cluster/dockerfile',
  'engine/pools/pools',
  'engine/functions/isolated',
  'engine/crashes',
  'engine/faults',
  'engine/needs/needs',
  'engine/alerts/troubles',
  'engine/alerts/sinks-down',
  'engine/tracing/tracing',
  'engine/commands/commands',
  'engine/schedules/backfills',
  'engine/functions/checkpoints',
  'engine/approvals/approvals',
  'engine/standing/standing',
  'deploy/local/example',
  'gateway/process',
  'cli/conform',
];

/** The order of the suite's files: the longest first, the rest as vitest has it. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return found === -1 ? LONGEST.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
