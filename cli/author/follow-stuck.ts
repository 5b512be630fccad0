// Open runs that cannot go on, as the gateway tells them: each is named once, with what lets it go on.

interface StuckRun {
  id: string;
  stuck?: { code: string; message: string; mend: string };
}

const EVERY_MS = 5_000;

/** Looks at the gateway's list of stuck runs until the signal is aborted. */
export function followStuck(gateway: string, signal: AbortSignal, say: (line: string) => void): void {
  const said = new Set<string>();
  const look = async (): Promise<void> => {
    const response = await fetch(`${gateway}/runs?state=stuck`, { signal });
    const { items } = (await response.json()) as { items?: StuckRun[] };
    for (const { id, stuck } of items ?? []) {
      if (said.has(id)) continue;
      said.add(id);
      say(
        `${id} cannot go on${stuck === undefined ? '' : ` (${stuck.code}): ${stuck.message}. ${stuck.mend}`}`,
      );
      say(`  or pursue it anew: curl -X POST ${gateway}/runs/${encodeURIComponent(id)}/resume`);
    }
  };
  // The gateway may be starting again: the next look tells.
  const timer = setInterval(() => void look().catch(() => undefined), EVERY_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
