// Debian's packages, for tests of programs that this machine lacks. Only root may install them.

import { runCommand } from '../deploy/local/child-process.ts';

/** Rejects where apt is missing, not permitted, or does not have it. */
export async function installFromDebian(name: string): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Others may be installing.
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  await runCommand('apt-get', ['update', '-qq'], { env, limitMs: 120_000 });
  await runCommand('apt-get', [...wait, 'install', '-qq', '-y', name], { env, limitMs: 600_000 });
}
