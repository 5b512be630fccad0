import type { Noted } from '../goals/wire/stored.ts';
import { redactedArtifact } from './redacted-artifact.ts';

/** Writes into a run's history, as the result of a local activity, what would lie outside of it, and what `pursue` shows. */
export async function noted(what: Noted): Promise<Noted> {
  const { artifacts } = what;
  if (artifacts === undefined) return what;
  return { ...what, artifacts: { ...artifacts, items: artifacts.items.map(redactedArtifact) } };
}
