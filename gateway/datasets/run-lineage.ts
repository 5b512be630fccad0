// On which runs and partitions a run rests, and which rest on it: from their histories and the books of partitions, so many and no more.
//
// Whoever joined a run stands nowhere but in its own history: executions of the goals that need it, or hear of it, are looked through.

import type { Lineage, LineageNode } from '../../goals/wire/dataset-answers.ts';
import { shownPartition } from '../../goals/wire/datasets.ts';
import type { Doubt } from '../../goals/wire/retraction.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { usersOf } from '../../views/doubts.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { Problem } from '../http/problems.ts';
import type { Runs } from '../runs/runs.ts';
import { useSource } from '../runs/use-source.ts';
import type { Temporal } from '../temporal/temporal.ts';
import type { LineageBounds } from './lineage-bounds.ts';
import { readBook } from './read-book.ts';

export interface LineageDeps {
  temporal: Temporal;
  catalogue: Pick<Catalogue, 'all'>;
  runs: Runs;
  shown(run: Run): Run;
}

/** The longest that one answer reads. */
const READING_MS = 2_000;
/** Histories that one answer looks through for those that joined a run. It says where there are more. */
const LOOKED_THROUGH = 300;

interface Waiting {
  run: string;
  execution: string | undefined;
  depth: number;
}

export const runLineage = (deps: LineageDeps, run: Run, bounds: LineageBounds): Promise<Lineage> =>
  new RunLineage(deps, bounds).of(run);

class RunLineage {
  readonly #deps: LineageDeps;
  readonly #bounds: LineageBounds;
  readonly #until = Date.now() + READING_MS;
  readonly #nodes = new Map<string, LineageNode>();
  readonly #edges = new Map<string, Lineage['edges'][number]>();
  #truncated = false;
  #lookedThrough = 0;

  constructor(deps: LineageDeps, bounds: LineageBounds) {
    this.#deps = deps;
    this.#bounds = bounds;
  }

  async of(run: Run): Promise<Lineage> {
    const root = this.#addRun(run, 0) as string;
    const { direction } = this.#bounds;
    if (direction !== 'down') await this.#walk(run, -1);
    if (direction !== 'up') await this.#walk(run, 1);
    return {
      ...{ root, nodes: [...this.#nodes.values()], edges: [...this.#edges.values()] },
      truncated: this.#truncated,
    };
  }

  async #walk(start: Run, sign: 1 | -1): Promise<void> {
    const seen = new Set([start.execution]);
    const waiting: { run: Run; depth: number }[] = [{ run: start, depth: 0 }];
    for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
      const next = sign === -1 ? this.#up(at.run, at.depth) : await this.#down(at.run, at.depth);
      for (const { from, to, way, node } of next) {
        if (Date.now() > this.#until) this.#truncated = true;
        if (this.#truncated && Date.now() > this.#until) return;
        const run = await this.#read(node);
        if (run === null) continue;
        const id = this.#addRun(run, node.depth);
        if (id === null) continue;
        this.#join(from ?? id, to ?? id, way);
        if (seen.has(run.execution)) continue;
        seen.add(run.execution);
        waiting.push({ run, depth: node.depth });
      }
    }
  }

  /** What it rests on: the makers of the partitions that it used, and the runs that it needed. */
  #up(run: Run, depth: number): Step[] {
    const to = runNode(run.execution);
    const steps: Step[] = [];
    for (const used of run.used ?? []) {
      const part = this.#addPartition(used, used.by.execution, depth - 1);
      if (part === null) continue;
      this.#join(part, to, 'uses');
      const node = { run: used.by.run, execution: used.by.execution, depth: depth - 2 };
      if (this.#isWithin(node.depth)) steps.push({ to: part, way: 'produces', node });
    }
    for (const step of run.steps)
      if (step.kind === 'goal' && step.run !== null && step.state === 'succeeded') {
        const node = { run: step.run, execution: undefined, depth: depth - 1 };
        if (this.#isWithin(node.depth)) steps.push({ to, way: 'needs', node });
      }
    return steps;
  }

  /** What rests on it: the run that started it because it needed it, whoever else used its outcome, or a partition that it made. */
  async #down(run: Run, depth: number): Promise<Step[]> {
    const from = runNode(run.execution);
    const steps: Step[] = [];
    if (run.why.kind === 'goal' && run.why.ref !== null && this.#isWithin(depth + 1))
      steps.push({ from, way: 'needs', node: { run: run.why.ref, execution: undefined, depth: depth + 1 } });
    if (run.outcome !== 'achieved') return steps;
    for (const { run: id, execution, through } of await this.#usersOf(run, depth))
      if (through === 'achieve' || through === 'outcome')
        steps.push({
          ...{ from, way: through === 'achieve' ? 'needs' : 'starts' },
          node: { run: id, execution, depth: depth + 1 },
        });
    for (const produced of run.produced ?? []) {
      const part = this.#addPartition(produced, run.execution, depth + 1);
      if (part === null) continue;
      this.#join(from, part, 'produces');
      if (!this.#isWithin(depth + 2)) continue;
      if (Date.now() > this.#until) {
        this.#truncated = true;
        return steps;
      }
      const book = await readBook(this.#deps.temporal, produced.dataset, produced.key);
      for (const { run: id, execution } of book.versions.find(({ by }) => by.execution === run.execution)
        ?.uses ?? [])
        steps.push({ from: part, way: 'uses', node: { run: id, execution, depth: depth + 2 } });
    }
    return steps;
  }

  /** Executions that used its outcome, as far as this answer looks. */
  async #usersOf({ id, execution }: Run, depth: number): Promise<Doubt[]> {
    const { temporal, catalogue } = this.#deps;
    const goals = await catalogue.all();
    const users: Doubt[] = [];
    let next: string | null = null;
    do {
      if (Date.now() > this.#until || this.#lookedThrough >= LOOKED_THROUGH) {
        this.#truncated = true;
        return users;
      }
      const found = await usersOf(useSource(temporal), goals, [{ run: id, execution, path: [id] }], next);
      this.#lookedThrough += found.read;
      users.push(...found.users);
      next = found.next;
    } while (next !== null);
    return users.length > 0 && !this.#isWithin(depth + 1) ? [] : users;
  }

  /** Null of what the caller may not see, and of what Temporal keeps no longer. */
  async #read({ run, execution }: Waiting): Promise<Run | null> {
    const { runs, shown } = this.#deps;
    try {
      return shown((await runs.story(await runs.find(run, execution))).run);
    } catch (error) {
      if (error instanceof Problem && error.code !== 'temporal_unavailable') return null;
      throw error;
    }
  }

  #isWithin(depth: number): boolean {
    const isWithin = Math.abs(depth) <= this.#bounds.depth;
    if (!isWithin) this.#truncated = true;
    return isWithin;
  }

  #addRun({ id: name, execution, outcome }: Run, depth: number): string | null {
    const id = runNode(execution);
    return this.#add({ id, kind: 'run', name, execution, outcome, depth });
  }

  #addPartition(
    { dataset, partition, key }: Pick<NonNullable<Run['produced']>[number], 'dataset' | 'partition' | 'key'>,
    maker: string,
    depth: number,
  ): string | null {
    if (!this.#isWithin(depth)) return null;
    const name = `${dataset} ${shownPartition(partition)}`;
    return this.#add({
      ...{ id: `partition ${dataset} ${key} ${maker}`, kind: 'partition', name },
      ...{ dataset, key, depth },
    });
  }

  #add(node: LineageNode): string | null {
    if (this.#nodes.has(node.id)) return node.id;
    if (this.#nodes.size >= this.#bounds.limit) {
      this.#truncated = true;
      return null;
    }
    this.#nodes.set(node.id, node);
    return node.id;
  }

  #join(from: string, to: string, way: Lineage['edges'][number]['way']): void {
    this.#edges.set(`${from} ${to} ${way}`, { from, to, way });
  }
}

/** A run to look at, and what it is joined to: it is whichever of `from` and `to` is left out. */
interface Step {
  from?: string;
  to?: string;
  way: Lineage['edges'][number]['way'];
  node: Waiting;
}

const runNode = (execution: string): string => `run ${execution}`;
