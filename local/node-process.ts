import { type Child, describeExit, startChild } from './child-process.ts';

/** One of our own processes, once it has said that it is ready. */
export interface NodeProcess extends Child {
  readonly name: string;
  /** Where it serves, when it does. */
  readonly url: string | null;
}

const READY_MS = 90_000;

interface Told {
  ready?: boolean;
  url?: string;
  problem?: { message: string };
}

/**
 * Starts a TypeScript file as a process that tells its parent `{ ready, url? }` or `{ problem: { message } }`.
 * @throws Error with the problem it told, or with the end of its output when it ended or stayed silent.
 */
export async function startNodeProcess(
  name: string,
  file: string,
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; log: string },
): Promise<NodeProcess> {
  let tell: (told: Told) => void = () => undefined;
  const told = new Promise<Told>((resolve) => {
    tell = resolve;
  });
  const child = await startChild(process.execPath, ['--import', 'tsx', file, ...args], {
    ...options,
    onMessage: (message) => tell(message as Told),
  });
  const ended = child.exited.then(
    (exit): Told => ({ problem: { message: `it ${describeExit(exit)}\n${child.tail()}` } }),
  );
  const timer = setTimeout(
    () => tell({ problem: { message: `it said nothing for ${READY_MS / 1000} s\n${child.tail()}` } }),
    READY_MS,
  );
  try {
    const first = await Promise.race([told, ended]);
    if (first.problem === undefined) return { ...child, name, url: first.url ?? null };
    await child.kill();
    throw new Error(`the ${name} cannot start: ${first.problem.message}`);
  } finally {
    clearTimeout(timer);
  }
}
