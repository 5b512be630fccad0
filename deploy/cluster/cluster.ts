// A team's installation on one machine, without containers: what docker-compose.yml says, as plain processes. Only
// addresses, paths and what an image has of its own are put in the place of the container's (place.ts, images.ts).

import { randomInt } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Exit, runCommand, startChild } from '../local/child-process.ts';
import { ownFolder } from '../local/own-folder.ts';
import { inOrder, readCompose, type Service } from './compose.ts';
import { imageOf, type Toolbox } from './images.ts';
import { located, networkOf, placeOf } from './place.ts';
import { findPostgres } from './postgres.ts';
import { type ClusterService, isOneShot, type Started } from './started.ts';
import { findTemporalServer } from './temporal-server-binary.ts';
import { untilCompleted, untilHealthy, untilUp } from './until-up.ts';

const REPO = fileURLToPath(new URL('../..', import.meta.url));
const STOP_MS = 30_000;

export interface ClusterOptions {
  /** Folder of data, logs and secrets; it is kept. Default: a new one, removed when the cluster stops. */
  home?: string | undefined;
  /** The services to start, with all they depend on. Default: every one that this machine can run. */
  services?: readonly string[] | undefined;
  /** May change what a service is: its command, its environment. */
  change?: ((name: string, service: Service) => Service) | undefined;
  /** Gets a line as each service comes up. */
  onProgress?: ((line: string) => void) | undefined;
  /** Called when a service ends that nobody stopped or killed. */
  onExit?: ((name: string, exit: Exit, tail: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface Cluster {
  /** Temporal's, `host:port`. */
  readonly address: string;
  readonly namespace: string;
  readonly home: string;
  readonly gateways: readonly (ClusterService & { readonly url: string })[];
  readonly workers: readonly ClusterService[];
  readonly temporal: ClusterService;
  readonly postgres: ClusterService;
  /** Services that this machine cannot run, as nothing here stands for their images. */
  readonly leftOut: readonly string[];
  /** The services that were started. */
  readonly names: readonly string[];
  service(name: string): ClusterService;
  /** SIGKILL to the whole process group. Resolves when it is gone. */
  kill(name: string): Promise<void>;
  /** SIGTERM, and SIGKILL half a minute later. */
  end(name: string): Promise<void>;
  /** Starts one that was killed or ended, and waits until it is healthy, or a one-shot complete. */
  restart(name: string): Promise<void>;
  /** Ends all, the last started first, and removes what was made for them. */
  stop(): Promise<void>;
}

/** Starts the cluster. When a service cannot be had none is left running, and the Error says which and why. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await RunningCluster.prepare(options);
  try {
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.stop();
    options.signal?.throwIfAborted();
    throw error;
  }
}

class RunningCluster implements Cluster {
  readonly home: string;
  readonly namespace = 'default';
  readonly leftOut: readonly string[];
  readonly #options: ClusterOptions;
  readonly #tools: Toolbox;
  readonly #services = new Map<string, Started>();
  #stopping: Promise<void> | null = null;

  static async prepare(options: ClusterOptions): Promise<RunningCluster> {
    const { onProgress, signal } = options;
    const tools = {
      temporal: await findTemporalServer({ onProgress, signal }),
      postgres: await findPostgres(),
    };
    const home =
      options.home === undefined
        ? await mkdtemp(join(tmpdir(), 'goalkeeper-cluster-'))
        : resolve(options.home);
    // What is in it is its user's alone, but that PostgreSQL's user has to pass through to its own folder.
    for (const passed of [home, join(home, 'volumes')]) {
      await mkdir(passed, { recursive: true, mode: 0o711 });
      await chmod(passed, 0o711);
    }
    await ownFolder(join(home, 'logs'));
    await runCommand('sh', [join(REPO, 'deploy/cluster/secrets.sh'), join(home, 'secrets')], {
      env: process.env,
      limitMs: 10_000,
    });
    return new RunningCluster(options, tools, home);
  }

  private constructor(options: ClusterOptions, tools: Toolbox, home: string) {
    this.#options = options;
    this.#tools = tools;
    this.home = home;
    const compose = readCompose(join(REPO, 'docker-compose.yml'), {
      ...process.env,
      POSTGRES_PASSWORD_FILE: join(home, 'secrets', 'postgres-password'),
      GOALKEEPER_CALLBACK_SECRET_FILE: join(home, 'secrets', 'callback-secret'),
      GOALKEEPER_ACCESS: join(home, 'secrets', 'access.json'),
      MAIN_JOB_TOKEN_FILE: join(home, 'secrets', 'main-job-token'),
    });
    const order = inOrder(compose.services);
    const can = order.filter((name) => imageOf(compose.services[name]?.image ?? '', tools) !== null);
    this.leftOut = order.filter((name) => !can.includes(name));
    const wanted = withAllNeeded(options.services ?? can, compose.services);
    const network = networkOf(randomInt(254 * 256));
    const addresses = new Map(order.map((name, index) => [name, `${network}.${index + 1}`]));
    for (const name of can.filter((one) => wanted.has(one))) {
      const said = compose.services[name] as Service;
      const service = options.change?.(name, said) ?? said;
      const place = placeOf(service, addresses.get(name) as string, { compose, repo: REPO, home });
      const log = join(home, 'logs', `${name}.log`);
      this.#services.set(name, { name, service, place, addresses, log, host: place.address, process: null });
    }
  }

  get address(): string {
    return `${this.temporal.host}:7233`;
  }

  get gateways(): (ClusterService & { url: string })[] {
    return this.#named('gateway-').map((one) => Object.assign(one, { url: `http://${one.host}:3000` }));
  }

  get workers(): ClusterService[] {
    return this.#named('worker-');
  }

  get temporal(): ClusterService {
    return this.service('temporal');
  }

  get postgres(): ClusterService {
    return this.service('postgresql');
  }

  get names(): string[] {
    return [...this.#services.keys()];
  }

  service(name: string): Started {
    const service = this.#services.get(name);
    if (service === undefined)
      throw new Error(`the cluster has no service ${name}, only ${[...this.#services.keys()].join(', ')}`);
    return service;
  }

  async start(): Promise<void> {
    const up = new Map<string, Promise<void>>();
    for (const one of this.#services.values()) {
      const needed = Object.entries(one.service.depends_on);
      const before = needed.map(async ([name, { condition }]) => {
        await up.get(name);
        const started = this.service(name);
        if (condition === 'service_healthy') await untilHealthy(started, this.#tools);
        if (condition === 'service_completed_successfully') await untilCompleted(started);
      });
      const starting = Promise.all(before).then(() => this.#run(one));
      starting.catch(() => undefined);
      up.set(one.name, starting);
    }
    await Promise.all(up.values());
    await Promise.all([...this.#services.values()].map((one) => untilUp(one, this.#tools)));
  }

  async kill(name: string): Promise<void> {
    const one = this.service(name);
    const { process: child } = one;
    one.process = null;
    await child?.kill();
  }

  async end(name: string): Promise<void> {
    const one = this.service(name);
    const { process: child } = one;
    one.process = null;
    await child?.stop(STOP_MS);
  }

  async restart(name: string): Promise<void> {
    const one = this.service(name);
    if (one.process !== null) await this.end(name);
    await this.#run(one);
    await untilUp(one, this.#tools);
  }

  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      for (const { name } of [...this.#services.values()].reverse()) await this.end(name);
      if (this.#options.home === undefined)
        await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
    })();
    return this.#stopping;
  }

  #named(prefix: string): Started[] {
    return [...this.#services.values()].filter(({ name }) => name.startsWith(prefix));
  }

  async #run(one: Started): Promise<void> {
    this.#options.signal?.throwIfAborted();
    if (this.#stopping !== null) throw new Error('the cluster is being stopped');
    const image = imageOf(one.service.image, this.#tools);
    if (image === null) throw new Error(`nothing on this machine stands for ${one.service.image}`);
    const { command, args, env, ready } = await image.prepare(one, (text) =>
      located(text, one.place, one.addresses),
    );
    let tell: () => void = () => undefined;
    one.ready = ready ? new Promise((resolveReady) => (tell = resolveReady)) : null;
    const child = await startChild(command, args, {
      env,
      cwd: REPO,
      log: one.log,
      ...(ready ? { onMessage: (message) => (message as { ready?: boolean }).ready && tell() } : {}),
    });
    // Whoever ended the others did not see this one.
    if (this.#stopping !== null) {
      await child.kill();
      throw new Error('the cluster is being stopped');
    }
    one.process = child;
    one.completed = child.exited;
    void child.exited.then((exit) => {
      if (one.process !== child) return;
      one.process = null;
      if (!isOneShot(one)) this.#options.onExit?.(one.name, exit, child.tail());
    });
    this.#options.onProgress?.(`${one.name} started`);
  }
}

function withAllNeeded(names: readonly string[], services: Record<string, Service>): Set<string> {
  const wanted = new Set(names);
  for (const name of wanted) {
    if (services[name] === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
    for (const needed of Object.keys(services[name].depends_on)) wanted.add(needed);
  }
  return wanted;
}
