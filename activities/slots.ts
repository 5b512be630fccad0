// How many jobs a worker does at once, and how it ends: by what the machine has to spare, and without cutting work short.

import type { WorkerTuner } from '@temporalio/worker';
import { milliseconds } from '../goals/duration.ts';
import { StartProblem } from '../process/start-problem.ts';

export interface Slots {
  /** So many jobs at once, whatever the machine is busy with; and never more than `most`. */
  least: number;
  most: number;
  /** Above these shares of the machine's memory and CPU, from 0 to 1, no more than `least` are taken on. */
  memory: number;
  cpu: number;
}

export const DEFAULT_SLOTS: Slots = { least: 20, most: 1000, memory: 0.8, cpu: 0.9 };

/** How long a worker that is told to stop lets its jobs work on: less than Kubernetes gives a pod by default. */
export const DEFAULT_DRAIN_MS = 20_000;

/** Between two jobs that are taken on beyond `least`, so that their weight can be felt. */
const RAMP_MS = 10;

/** Workflow tasks and local activities are quick and small: their number is fixed. */
export function tunerOf({ least, most, memory, cpu }: Slots): WorkerTuner {
  return {
    workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 40 },
    localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
    nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 10 },
    activityTaskSlotSupplier: {
      type: 'resource-based',
      tunerOptions: { targetMemoryUsage: memory, targetCpuUsage: cpu },
      minimumSlots: least,
      maximumSlots: most,
      rampThrottle: RAMP_MS,
    },
  };
}

type Environment = Record<string, string | undefined>;

/**
 * What GOALKEEPER_SLOTS_LEAST and _MOST, GOALKEEPER_MEMORY_TARGET and GOALKEEPER_CPU_TARGET say; the defaults where they say nothing.
 * A `StartProblem` when one of them is no such number.
 */
export function slotsFrom(environment: Environment): Slots {
  const read = (name: string, fallback: number, least: number, most: number): number => {
    const given = environment[name];
    if (given === undefined || given === '') return fallback;
    const number = Number(given);
    if (number >= least && number <= most && (most <= 1 || Number.isInteger(number))) return number;
    throw new StartProblem(
      'slots_invalid',
      `${name} is '${given}'; give ${most <= 1 ? 'a share' : 'a whole number'} from ${least} to ${most}`,
    );
  };
  const least = read('GOALKEEPER_SLOTS_LEAST', DEFAULT_SLOTS.least, 1, 10_000);
  return {
    least,
    most: Math.max(least, read('GOALKEEPER_SLOTS_MOST', DEFAULT_SLOTS.most, 1, 10_000)),
    memory: read('GOALKEEPER_MEMORY_TARGET', DEFAULT_SLOTS.memory, 0.01, 1),
    cpu: read('GOALKEEPER_CPU_TARGET', DEFAULT_SLOTS.cpu, 0.01, 1),
  };
}

/** GOALKEEPER_DRAIN, in milliseconds. */
export function drainFrom({ GOALKEEPER_DRAIN: given }: Environment): number {
  if (given === undefined || given === '') return DEFAULT_DRAIN_MS;
  const ms = milliseconds(given);
  if (ms !== null) return ms;
  throw new StartProblem(
    'drain_invalid',
    `GOALKEEPER_DRAIN is '${given}'; write such as '0s', '90s' or '10m'`,
  );
}
