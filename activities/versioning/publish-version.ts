import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Goal } from '../../goals/index.ts';
import type { Deployment } from '../../goals/publish.ts';
import { codeOfBuild } from '../../goals/wire/names.ts';
import { BUILDS_LIMIT, type Publication, type PublishedBuild } from '../../goals/wire/publication.ts';
import { publicationOf } from '../catalogue/publications.ts';
import { publishTeam } from '../publish-team.ts';
import { Deployments } from './deployments.ts';
import { type ServedVersion, serveVersion } from './serve-version.ts';

/** What a version publishes: with which number, it finds out. */
export interface VersionedTeam extends Pick<ServedVersion, 'version' | 'mode' | 'queues'> {
  goals: readonly Goal[];
  deployment: Deployment & { code: string };
}

/** Has the goals published whenever their version has become current, until the signal is aborted. */
export function publishVersion(
  client: Client,
  { version, mode, queues, goals, deployment }: VersionedTeam,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { version: number, code } = deployment;
  const publish = async (least: number): Promise<number> => {
    const published = await Promise.all(goals.map(({ name }) => publicationOf(client, name)));
    const ours = published.flatMap((found) => (found?.deployment === deployment.deployment ? [found] : []));
    const newest = Math.max(0, ...ours.map((found) => found.version));
    // An older version that somebody has made current publishes all the same: being current decides, and the number follows.
    const taken = newest > least ? newest + 1 : least;
    const builds =
      codeOfBuild(version.buildId) === null ? buildsWith(ours, { build: version.buildId, code }) : null;
    await publishTeam(
      client,
      goals,
      { ...deployment, version: taken, ...(builds === null ? {} : { builds }) },
      log,
    );
    return taken;
  };
  return serveVersion(new Deployments(client), { version, mode, number, code, queues, publish }, log, signal);
}

function buildsWith(published: readonly Publication[], own: PublishedBuild): PublishedBuild[] {
  const known = published.flatMap(({ builds = [] }) => builds).filter(({ build }) => build !== own.build);
  return [own, ...new Map(known.map((one) => [one.build, one])).values()].slice(0, BUILDS_LIMIT);
}
