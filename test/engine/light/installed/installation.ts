// Gateways, workers and Temporal that serve the light goal, each a process that can be killed, and whoever asks them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { expect } from 'vitest';
import { type OwnProcess, startOwnProcess } from '../../../../deploy/local/own-process.ts';
import { atOwnTemporal } from '../../../../deploy/local/own-temporal.ts';
import { aboutGoal, type LightHost, lightHostOf } from '../../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../../../../goals/wire/names.ts';
import { WORKFLOW_TASK_MS } from '../../../../goals/wire/run-start.ts';
import { bundled } from '../../../bundled.ts';
import { Asking } from '../../../chaos/asking.ts';
import { development } from '../../../chaos/development.ts';
import { EFFECTS_FILE, Effects } from '../../../chaos/effects.ts';
import { type Outside, openOutside } from '../../../chaos/outside.ts';
import type { Gateway, Topology, Client as Worker } from '../../../chaos/topology.ts';
import { SAID } from './jobs.ts';
import { installedInRelease } from './light-installed.ts';

export const TASK_QUEUE = 'light-installed';
export const TOLD = { timeout: 120_000, interval: 200 };
export const goal = installedInRelease(1);
export const runOf = (key: string): string => `${goal.name}:${key}`;

/** The host of held runs, and of no others. There a call may take so long that it waits for the test, not for a clock. */
export const PATIENT = 2;
/**
 * The others go on in other executions sooner than they would. On a busy machine a quick step takes long: how many runs stay light is not
 * told by the clock.
 */
const QUICK = { plainMs: 1_000, fullAfter: 150 };
const BOUNDS = [QUICK, QUICK, { plainMs: 50_000 }];

/** The first keys of this name that are in the patient host, or in the others. */
export const patientKeys = (name: string, count: number): string[] => keysOf(name, count, true);
export const quickKeys = (name: string, count: number): string[] => keysOf(name, count, false);

function keysOf(name: string, count: number, isPatient: boolean): string[] {
  const keys: string[] = [];
  for (let n = 0; keys.length < count; n++)
    if ((lightHostOf(`${name}-${n}`, BOUNDS.length) === PATIENT) === isPatient) keys.push(`${name}-${n}`);
  return keys;
}

/** Above the time of any file, so that the second release is the newer one. */
const VERSION = 900_000_000_000_001;
const folderOf = (release: string): string => fileURLToPath(new URL(`./${release}`, import.meta.url));
const WORKER = fileURLToPath(new URL('../../../../activities/main.ts', import.meta.url));

export class Installation {
  readonly folder: string;
  readonly outside: Outside;
  readonly effects: Effects;
  readonly client: Client;
  /** Both gateways by turns, and each by itself. */
  readonly asking: Asking;
  readonly askingEach: readonly Asking[];
  /** The execution that each key was told to have, of those that have one run. */
  readonly told = new Map<string, string>();
  readonly #topology: Topology;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(
    given: { folder: string; outside: Outside; environment: NodeJS.ProcessEnv; client: Client },
    topology: Topology,
  ) {
    this.folder = given.folder;
    this.outside = given.outside;
    this.client = given.client;
    this.effects = new Effects(join(given.folder, 'effects'));
    this.asking = new Asking(topology.gateways);
    this.askingEach = topology.gateways.map((gateway) => new Asking([gateway]));
    this.#topology = topology;
    this.#environment = given.environment;
  }

  static async open(): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'light-installed-'));
    const outside = await openOutside(false);
    const environment = {
      ...process.env,
      LOG_LEVEL: 'warn',
      GOALKEEPER_TASK_QUEUE: TASK_QUEUE,
      GOALKEEPER_PREFLIGHT: 'off',
      GOALKEEPER_VERSION: String(VERSION),
      GOALKEEPER_STORAGE: join(folder, 'payloads'),
      GOALKEEPER_ALERT_WEBHOOK_URL: outside.receiver.url,
      GOALKEEPER_ALERT_WEBHOOK_SECRET: `whsec_${Buffer.from('light'.padEnd(32, '-')).toString('base64')}`,
      GOALKEEPER_ALERT_GATHER: '200ms',
      [EFFECTS_FILE]: join(folder, 'effects'),
      [SAID]: folder,
    };
    const team = folderOf('first');
    for (const release of [team, folderOf('second')]) await bundled(join(release, 'goals.ts'));
    const topology = await development({ folder, environment, team, onProgress: () => undefined });
    const client = new Client({ connection: await Connection.connect({ address: topology.temporal }) });
    const opened = new Installation({ folder, outside, environment, client }, topology);
    await Promise.all(BOUNDS.map((bounds, n) => opened.#beginHost(n, bounds)));
    for (const gateway of opened.gateways)
      while ((await opened.asking.ask(gateway, `/goals/${goal.name}`))?.status !== 200) await delay(200);
    return opened;
  }

  async close(): Promise<void> {
    for (const asking of [this.asking, ...this.askingEach]) asking.end();
    await this.client.connection.close();
    await this.#topology.stop();
    await this.outside.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #beginHost(n: number, bounds: Pick<LightHost, 'plainMs' | 'fullAfter'>): Promise<void> {
    const of = { goal: goal.name, about: aboutGoal(goal), n, hosts: BOUNDS.length };
    await this.client.workflow.start(LIGHT_HOST, {
      workflowId: lightHostId(goal.name, n),
      taskQueue: TASK_QUEUE,
      // As a gateway begins them.
      workflowTaskTimeout: WORKFLOW_TASK_MS,
      args: [{ gk: 1, ...of, ...bounds, earlier: null }],
    });
  }

  get workers(): readonly Worker[] {
    return this.#topology.workers;
  }

  get gateways(): readonly [Gateway, Gateway] {
    return this.#topology.gateways as readonly Gateway[] as [Gateway, Gateway];
  }

  get temporal(): Topology['servers'][number] {
    return this.#topology.servers[0] as Topology['servers'][number];
  }

  /** A worker that has the second release's code. */
  startSecond(): Promise<OwnProcess> {
    const env = {
      ...atOwnTemporal(this.#environment, this.#topology.temporal),
      GOALKEEPER_VERSION: String(VERSION + 1),
    };
    return startOwnProcess('second', WORKER, [folderOf('second')], {
      env,
      log: join(this.folder, 'second.log'),
    });
  }

  /** Says it to the jobs that wait for it. */
  say(what: string): Promise<void> {
    return writeFile(join(this.folder, what), '');
  }

  effectsOf(key: string): string[] {
    return this.effects
      .now()
      .filter(({ run }) => run === runOf(key))
      .map(({ step, attempt, what }) => `${step} ${attempt} ${what}`);
  }

  /** Which execution the key has, as somebody is told who means it, by either gateway or by one. `nth` of `null`: the request has no name. */
  async ask(
    key: string,
    steps: string[][],
    nth: number | null = 0,
    more: object = {},
    asking = this.asking,
  ): Promise<string> {
    const name = nth === null ? {} : { 'idempotency-key': `${key}-${nth}` };
    const body = { input: { key, steps, ...more } };
    const answer = await asking.insist(`/goals/${goal.name}/runs`, body, name);
    expect(answer, `refused for good: ${asking.refused.join('; ')}`).not.toBeNull();
    return answer?.body.execution;
  }

  async shown(key: string) {
    return (await this.asking.ask(this.gateways[1], `/runs/${runOf(key)}`))?.body;
  }
}
