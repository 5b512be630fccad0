// What a launcher has started ends with it, also when the launcher is killed and can end nothing itself: a small shell
// beside it holds a pipe from it, and ends the process groups that it was told of when the pipe closes.

import { type ChildProcess, spawn } from 'node:child_process';

/** `+ group` begins to watch a group, `- group` ends it. Nothing but the pipe's end ends the shell. */
const SCRIPT = `trap '' INT TERM HUP
groups=' '
while read -r what group; do
  case "$what$groups" in
    +*) groups="$groups$group " ;;
    *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done`;

const watched = new Set<number>();
let warden: ChildProcess | null = null;

/** From now on the process group ends with this process, whatever ends this one. */
export function endsWithUs(group: number): void {
  watched.add(group);
  if (warden === null) startWarden();
  else tell(`+ ${group}`);
}

/** The group has ended: by now its number may be another's. */
export function hasEnded(group: number): void {
  watched.delete(group);
  tell(`- ${group}`);
}

const tell = (line: string): void => {
  warden?.stdin?.write(`${line}\n`);
};

function startWarden(): void {
  // Windows has neither process groups nor this shell.
  if (process.platform === 'win32') return;
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'goalkeeper-warden'], {
    // A group of its own: what ends the launcher's group does not reach it.
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  warden = child;
  const gone = (): void => {
    if (warden !== child) return;
    warden = null;
    // Somebody killed it; what still runs needs another.
    if (watched.size > 0) setTimeout(() => warden ?? startWarden(), 1000).unref();
  };
  child.once('error', gone);
  child.once('exit', gone);
  child.stdin?.on('error', () => undefined);
  // By itself it keeps no launcher alive.
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  for (const group of watched) tell(`+ ${group}`);
}
