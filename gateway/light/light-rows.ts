// Light runs as rows of lists: the achieved ones of hosts, from the one that closed last, as Temporal would list ordinary runs of
// the same. No index of ours has them: hosts' executions are listed by visibility, and their histories are read from the end.
//
// light-rows.1. A page reads a bounded number of pages of histories, however many runs there are: one that is not full says where
//     to go on.

import type { temporal as proto } from '@temporalio/proto';
import { hasLight, lightDigest, lightHostsOf, parseLightExecution } from '../../goals/wire/light.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { parseRunId, runId } from '../../goals/wire/run-id.ts';
import { lightKeysBefore } from '../../process/light-index.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import { lightRow } from '../../views/light-row.ts';
import type { LightRunFacts } from '../../views/light-run.ts';
import type { AchievedRun } from '../../views/light-updates.ts';
import { value } from '../../views/payload.ts';
import { concurrently } from '../http/concurrently.ts';
import type { Pages } from '../temporal/pages.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { keyId, type RunFilter } from '../temporal/visibility-query.ts';
import {
  type HostHistory,
  hostHistories,
  type LightPlace,
  type ListedHost,
  latestFirst,
} from './host-histories.ts';
import { countedIn } from './light-counts.ts';
import { isOfKeys, lightGoals, meaning } from './light-filter.ts';
import { hostAt, hostsOf } from './listed-hosts.ts';

type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;

/** light-rows.1: pages of histories that one page of rows reads, beside one of each host that is open. */
const READS = 48;
const READS_AT_ONCE = 8;
/** Rows that are counted one by one. */
const COUNTED = 10_000;
/** It stands before all of its moment. */
const FIRST = '~';

export interface LightPage {
  rows: Row[];
  /** After which place the next page begins; null where there is none. */
  next: LightPlace | null;
  /** All that closed after that is here or on pages before. */
  since: number;
}

/** The latest light run of a key. */
export interface LatestLight {
  execution: string;
  /** In milliseconds since 1970; of one that only an index knows, when it was answered, to the second. */
  begun: number;
  closed: number;
}

export interface LightRows {
  /** Those that the filter means, after a place; `goals`: the caller's catalogue. */
  page(
    filter: RunFilter,
    goals: readonly Publication[],
    after: LightPlace | null,
    limit: number,
    only?: (run: AchievedRun) => boolean,
  ): Promise<LightPage>;
  /** Of each of these keys of a goal that has one. */
  latest(goal: Publication, keys: readonly string[]): Promise<Map<string, LatestLight>>;
  /** Of these rows, those after whose execution there was a light run of the same key. */
  superseded(rows: readonly Row[], goals: readonly Publication[]): Promise<Set<string>>;
  /** Of one execution, whatever its tags are; null where it is none that the filter means. */
  row(id: string, execution: string, filter: RunFilter, goals: readonly Publication[]): Promise<Row | null>;
  /** How many a filter finds, older ones of a key among them; null where that takes too long. */
  count(filter: RunFilter, goals: readonly Publication[]): Promise<number | null>;
  /** Of an execution that a page had: all that is known of it. */
  facts(id: string, execution: string): Promise<LightRunFacts | null>;
}

const NOTHING: LightPage = { rows: [], next: null, since: Number.NEGATIVE_INFINITY };

export function lightRows(temporal: Temporal, pages: Pages): LightRows {
  const executions = hostHistories(temporal);

  async function page(
    filter: RunFilter,
    catalogue: readonly Publication[],
    after: LightPlace | null,
    limit: number,
    only: (run: AchievedRun) => boolean = () => true,
  ): Promise<LightPage> {
    const goals = lightGoals(filter, catalogue);
    if (goals.length === 0) return NOTHING;
    if (filter.key !== undefined) return ofKey(keyId(filter.key), filter, goals, catalogue, after);
    const floor = filter.since?.at.getTime() ?? Number.NEGATIVE_INFINITY;
    const sources = (await hostsOf(pages, goals, after)).map((listed) => ({
      listed,
      one: executions(listed),
    }));
    type Source = (typeof sources)[number];
    await concurrently(READS_AT_ONCE, sources, ({ listed, one }) => one.refresh(listed.closed !== null));
    const knownSince = ({ listed, one }: Source): number => {
      const since = Math.min(one.knownSince, listed.closed ?? Number.POSITIVE_INFINITY);
      return since < floor ? Number.NEGATIVE_INFINITY : since;
    };
    const isMeant = meaning(filter, catalogue);
    for (let reads = 0; ; ) {
      const found = sources
        .flatMap(({ listed, one }) =>
          one.runs
            .filter(({ answer }) => after === null || latestFirst(answer, after) > 0)
            .map((run) => ({ listed, one, run })),
        )
        .filter(({ listed, run }) => isMeant(listed.goal, run) && only(run))
        .sort((a, b) => latestFirst(a.run.answer, b.run.answer));
      const since = sources.reduce(
        (latest, one) => Math.max(latest, knownSince(one)),
        Number.NEGATIVE_INFINITY,
      );
      const sure = found.filter(({ run }) => run.answer.closed > since);
      const isWhole = since === Number.NEGATIVE_INFINITY;
      // light-rows.1
      if (sure.length >= limit || isWhole || reads >= READS) {
        const shown = sure.slice(0, limit);
        const rows = await Promise.all(shown.map(({ listed, one, run }) => rowOf(listed, one, run, filter)));
        const last = shown.at(-1)?.run.answer ?? null;
        const isAll = shown.length === sure.length;
        return {
          rows: rows.filter((row) => row !== null),
          next: !isAll ? last : isWhole ? null : { closed: since, execution: FIRST },
          since: isAll ? since : (last?.closed ?? since),
        };
      }
      const wanted = found[limit - 1]?.run.answer.closed ?? Number.NEGATIVE_INFINITY;
      const open = sources.filter((one) => knownSince(one) === Number.POSITIVE_INFINITY);
      const needed = sources
        .filter((one) => knownSince(one) > wanted || knownSince(one) === since)
        .sort((a, b) => knownSince(b) - knownSince(a))
        .slice(0, READS_AT_ONCE);
      const reading = open.length > 0 ? open : needed;
      await concurrently(READS_AT_ONCE, reading, ({ one }) => one.back());
      if (open.length === 0) reads += reading.length;
    }
  }

  /** Its latest of each goal: a key is looked up, however long ago its run was. */
  async function ofKey(
    key: string,
    filter: RunFilter,
    goals: readonly Publication[],
    catalogue: readonly Publication[],
    after: LightPlace | null,
  ): Promise<LightPage> {
    const isMeant = meaning(filter, catalogue);
    const rows = await concurrently(READS_AT_ONCE, goals, async (goal): Promise<Row[]> => {
      const one = (await latest(goal, [key])).get(key);
      const address = parseLightExecution(one?.execution ?? '');
      if (one === undefined || address === null || (after !== null && latestFirst(one, after) <= 0))
        return [];
      const listed = hostAt(goal.goal, address);
      const run = await runIn(listed, one.execution);
      const row =
        run !== null && isMeant(goal.goal, run) ? await rowOf(listed, executions(listed), run, filter) : null;
      return row === null ? [] : [row];
    });
    return { ...NOTHING, rows: rows.flat() };
  }

  async function rowOf(
    listed: ListedHost,
    one: HostHistory,
    run: AchievedRun,
    filter: RunFilter,
  ): Promise<Row | null> {
    const facts = await factsOf(listed, one, run);
    if (facts === null) return null;
    const row = lightRow(facts);
    const tags = value(row.searchAttributes?.indexedFields?.[searchAttributes.tags]);
    const { teams = null, team, owner, tag = [] } = filter;
    const isMeant =
      (teams === null || teams.includes(facts.about.team)) &&
      (team === undefined || team === facts.about.team) &&
      (owner === undefined || owner === facts.about.owner) &&
      tag.every((word) => [tags].flat().includes(word));
    return isMeant ? row : null;
  }

  async function factsOf(listed: ListedHost, one: HostHistory, run: AchievedRun) {
    const start = await one.start();
    if (start === null) return null;
    const { about, taskQueue } = start;
    return { goal: listed.goal, taskQueue, about, ...run };
  }

  async function latest(goal: Publication, keys: readonly string[]): Promise<Map<string, LatestLight>> {
    const found = new Map<string, LatestLight>();
    const byHost = new Map<number, string[]>();
    for (const key of keys)
      for (const n of lightHostsOf(key, goal)) byHost.set(n, [...(byHost.get(n) ?? []), key]);
    const listedHosts = byHost.size === 0 ? [] : await hostsOf(pages, [goal], null);
    await concurrently(READS_AT_ONCE, [...byHost], async ([n, some]) => {
      const listed = listedHosts.find((host) => host.n === n);
      if (listed === undefined) return;
      const sought = new Set(some);
      for (const { ask, answer } of await executions(listed).whole(listed.closed !== null)) {
        if (!sought.has(ask.key) || found.has(ask.key)) continue;
        found.set(ask.key, answer);
      }
      const left = some.filter((key) => !found.has(key));
      if (left.length === 0) return;
      const digests = left.map((key) => lightDigest(key));
      const { workflowId: host, runId: from } = listed;
      const known = await lightKeysBefore(temporal, { host, from, since: 0, digests });
      for (const [i, key] of left.entries()) {
        const one = known[i] ?? null;
        if (one?.end === 'a') found.set(key, { execution: one.execution, begun: one.at, closed: one.at });
      }
    });
    return found;
  }

  async function superseded(rows: readonly Row[], goals: readonly Publication[]): Promise<Set<string>> {
    const older = new Set<string>();
    const closed = rows.filter(({ closeTime }) => closeTime);
    for (const goal of goals.filter(hasLight)) {
      const own = closed.filter(({ execution }) => goalOf(execution?.workflowId) === goal.goal);
      if (own.length === 0) continue;
      const newest = new Map(
        (await hostsOf(pages, [goal], null)).reverse().map((listed) => [listed.n, listed]),
      );
      const others: Row[] = [];
      // A row may have been read long ago.
      await concurrently(READS_AT_ONCE, [...newest.values()], (listed) =>
        executions(listed).refresh(listed.closed !== null),
      );
      for (const row of own) {
        const address = parseLightExecution(row.execution?.runId ?? '');
        const listed = address && newest.get(address.n);
        if (!address || listed?.runId !== address.host) others.push(row);
        // All that its host did after it was read before it.
        else if (latestOf(executions(listed), keyOf(row))?.answer.execution !== row.execution?.runId)
          older.add(row.execution?.runId ?? '');
      }
      const known =
        others.length === 0 ? new Map<string, LatestLight>() : await latest(goal, others.map(keyOf));
      for (const row of others) {
        const one = known.get(keyOf(row));
        const execution = row.execution?.runId ?? '';
        const isLater =
          parseLightExecution(execution) !== null ||
          (one?.closed ?? 0) > (millisecondsOf(row.startTime) ?? 0);
        if (one !== undefined && one.execution !== execution && isLater) older.add(execution);
      }
    }
    return older;
  }

  async function count(filter: RunFilter, catalogue: readonly Publication[]): Promise<number | null> {
    const goals = lightGoals(filter, catalogue);
    if (goals.length === 0) return 0;
    if (isOfKeys(filter)) {
      const { rows, next } = await page(filter, catalogue, null, COUNTED);
      return next === null ? rows.length : null;
    }
    return countedIn(executions, await hostsOf(pages, goals, null), filter.since?.at.getTime() ?? null);
  }

  /** A run of an execution, which is read as far back as it lies. */
  async function runIn(listed: ListedHost, execution: string): Promise<AchievedRun | null> {
    const one = executions(listed);
    const find = () => one.runs.find(({ answer }) => answer.execution === execution);
    if (find() === undefined) await one.whole(false);
    return find() ?? null;
  }

  async function row(
    id: string,
    execution: string,
    { mark: _, tag: __, ...filter }: RunFilter,
    catalogue: readonly Publication[],
  ): Promise<Row | null> {
    const address = parseLightExecution(execution);
    const goal = goalOf(id) ?? '';
    if (address === null || lightGoals(filter, catalogue).every((one) => one.goal !== goal)) return null;
    const listed = hostAt(goal, address);
    const run = await runIn(listed, execution);
    const isMeant = run !== null && runId(goal, run.ask.key) === id && meaning(filter, catalogue)(goal, run);
    return isMeant ? rowOf(listed, executions(listed), run, filter) : null;
  }

  async function facts(id: string, execution: string): Promise<LightRunFacts | null> {
    const address = parseLightExecution(execution);
    const { goal = '' } = parseRunId(id) ?? {};
    if (address === null) return null;
    const listed = hostAt(goal, address);
    const run = await runIn(listed, execution);
    return run === null || runId(goal, run.ask.key) !== id ? null : factsOf(listed, executions(listed), run);
  }

  return { page, latest, superseded, count, row, facts };
}

const goalOf = (id: string | null | undefined): string | undefined => parseRunId(id ?? '')?.goal;
const keyOf = ({ execution }: Row): string => parseRunId(execution?.workflowId ?? '')?.key ?? '';
const latestOf = ({ runs }: HostHistory, key: string): AchievedRun | undefined =>
  runs.find(({ ask }) => ask.key === key);
