import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take half a minute or longer, and why: begun last, one of them would keep the suite waiting alone. */
export const LONGEST: Readonly<Record<string, string>> = {
  'chaos/chaos':
    'kills real processes under load, and takes a core by itself, so lighter ones come beside it',
  'package/consumer': 'packs and installs the package, and runs its processes on four Nodes',
  'testing/contract': 'waits for the deadlines of real runs',
  'engine/record-sinks': 'kills workers in the middle of a delivery',
  'engine/bounded/bounded': 'lets jobs overrun their bounds',
  'engine/schedules/outages': 'waits for scheduled times that are really missed',
  'engine/light/light': 'pursues a thousand keys, and waits until a host is found stuck',
  'engine/light/many/many': 'pursues twenty thousand light runs',
  'engine/light/light-installed':
    'pursues a thousand keys, and kills gateways, workers and Temporal amid light runs',
  'engine/recoveries/recoveries': 'pursues 500 runs twice',
  'engine/recoveries/retractions': 'kills workers amid marking',
  'engine/recoveries/looks': 'waits between the looks of retractions',
  'engine/recoveries/trials': 'waits until recoveries stop by themselves',
  'engine/light/retracted/retracted': 'kills workers amid marking, and amid a recovery',
  'engine/light/retracted/needed': 'waits for the looks of retractions',
  'engine/maps/map': 'pursues maps of thousands of items',
  'gateway/dashboard/pages': 'draws and looks at each page in a browser',
  'gateway/dashboard/journeys': 'does in a browser what people do, before a real worker',
  'gateway/dashboard/first-minutes': 'runs npm start, and does in a browser what people do first',
  'engine/stuck/stuck': 'waits until runs are found stuck',
  'engine/persistence/persistence': 'kills workers and waits for what goes on',
  'activities/preflight/preflight': 'replays open runs in workers of its own',
  'cli/operator/commands': 'runs each command against a real gateway',
  'engine/outcomes/later': 'waits for goals that begin to listen later',
  'deploy/local/start': 'starts, kills and restarts the processes of a machine',
  'histories/histories': 'replays every recorded history',
  'engine/callbacks/callbacks': 'restarts workers while work goes on elsewhere',
  'engine/approvals/approvals': 'waits for decisions to expire',
  'deploy/cluster/cluster': 'starts PostgreSQL, Temporal, gateways and workers',
  'deploy/cluster/dockerfile': 'carries out the Dockerfile step by step',
  'engine/pools/pools': 'kills workers that hold slots of a pool',
  'engine/functions/isolated': 'starts and kills processes of jobs',
  'engine/crashes': 'kills workers and waits until their attempts count as lost',
  'engine/faults': 'breaks connections and waits until they are noticed',
  'engine/events/events': 'waits for events that are held back, and for a pause to end',
  'engine/alerts/sinks-down': 'waits for deliveries that are retried',
  'engine/tracing/tracing': 'bundles with plugins, in workers of its own',
  'engine/functions/checkpoints': 'kills workers between checkpoints',
  'engine/needs/needs': 'kills workers while runs wait for runs',
  'engine/alerts/troubles': 'waits for cooldowns of alerts',
  'deploy/local/example': 'runs the example over real data',
  'engine/standing/standing': 'waits until outcomes go stale',
  'engine/standing/retracted/retracted': 'waits for the looks of retractions',
  'engine/versioning/versioning': 'starts workers of several versions, and waits until one takes over',
  'engine/commands/commands': 'starts and kills programs',
  'engine/schedules/backfills': 'waits for backfills of many runs',
  'cli/conform': 'runs a program once for each case of the contract',
  'gateway/process': 'starts and stops gateways as processes',
  'activities/catalogue/publish-schedules': 'waits until Temporal has taken schedules',
  'activities/bundle-cache': 'makes bundles',
  'goals/clock-times': 'walks through the years of many time zones',
};

/** The order of the suite's files: the longest first, the rest as vitest has it, those that need no server together at the end. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const names = Object.keys(LONGEST);
    const place = ({ moduleId, project }: TestSpecification): number => {
      if (project.name === 'pure') return names.length + 1;
      const found = names.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return found === -1 ? names.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
