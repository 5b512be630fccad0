import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Sink } from '../../../activities/alerts/sinks.ts';
import type { Binding } from '../../../activities/bind.ts';
import type { Goal } from '../../../goals/index.ts';
import {
  type Alert,
  type AlertSettings,
  alertSchema,
  DEFAULT_ALERT_SETTINGS,
} from '../../../goals/wire/alerts.ts';
import { memoNames } from '../../../goals/wire/names.ts';
import goals from '../goals.ts';
import { jobs } from '../jobs.ts';
import { fresh, Workbench } from '../workbench.ts';
import { type Receiver, SECRET } from './receiver.ts';

export const goalsModule = fileURLToPath(new URL('../goals.ts', import.meta.url));

export const QUICK: AlertSettings = {
  ...DEFAULT_ALERT_SETTINGS,
  gatherMs: 300,
  sweepMs: 500,
  idleSweepMs: 500,
  deliveryMs: 1_000,
};

export const webhook = ({ url }: Receiver, name = 'webhook'): Sink => ({
  ...{ name, kind: 'webhook', url, secret: SECRET },
});

interface TestTeam {
  module: string;
  goals: readonly Goal[];
  jobs: readonly Binding[];
}

/** A worker with an alerts workflow of its own, for one test. */
export class Alerted {
  readonly id = fresh('alerts');
  readonly bench: Workbench;

  readonly #team: TestTeam;

  private constructor(bench: Workbench, team: TestTeam) {
    this.bench = bench;
    this.#team = team;
  }

  static async open(
    sinks: readonly Sink[],
    settings: Partial<AlertSettings> = {},
    team: TestTeam = { module: goalsModule, goals, jobs },
  ): Promise<Alerted> {
    const alerted = new Alerted(await Workbench.open(), team);
    onTestFinished(() => alerted.close());
    await alerted.worker(sinks, settings);
    return alerted;
  }

  worker(sinks: readonly Sink[], settings: Partial<AlertSettings> = {}, id = this.id) {
    const alerts = { id, sinks, url: 'https://gk.example', settings: { ...QUICK, ...settings } };
    const { module, goals, jobs } = this.#team;
    return this.bench.worker(module, goals, jobs, undefined, alerts);
  }

  /** What any gateway reads. */
  async alerts(id = this.id): Promise<Alert[]> {
    const { memo } = await this.bench.client.workflow.getHandle(id).describe();
    return alertSchema.array().parse(memo?.[memoNames.alerts]);
  }

  async close(): Promise<void> {
    await this.bench.client.workflow
      .getHandle(this.id)
      .terminate()
      .catch(() => undefined);
    await this.bench.close();
  }
}
