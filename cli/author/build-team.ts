import { type BuildManifest, writeBuild } from '../../activities/build.ts';
import { loadConfig, type TeamFolder } from '../../activities/config-file.ts';
import { loadTeam } from '../../activities/team.ts';

/** Builds a team of the project, which was checked before, into a folder. */
export async function buildTeam(project: string, team: TeamFolder, into: string): Promise<BuildManifest> {
  const loaded = await loadConfig(project);
  return writeBuild(into, team.name, await loadTeam(team.folder, process.env, loaded?.config.plugins));
}
