// The goals folder of commands that cron, or nobody, ran until now: a goal each, its job, its schedule, and that silence is noticed.

import { clockTimes } from '../../goals/wire/clock-times.ts';

/** A command as a goal. */
export interface CommandGoal {
  name: string;
  /** Stands above the goal. */
  comment: string;
  outcome: string;
  owner: string;
  schedule: { cron: string; timezone: string; jitterMinutes: number } | null;
  argv: readonly string[];
  /** Beside PATH, HOME, LOGNAME and USER. */
  environment: Readonly<Record<string, string>>;
  /** Folder it runs in; null: the home of whoever runs the worker. */
  cwd: string | null;
}

export interface GoalsFolder {
  'goals.ts': string;
  'jobs.ts': string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 366 * 24 * HOUR;

/** The two files. `made` names what made them: `goalkeeper import crontab`. */
export function goalsFolder(goals: readonly CommandGoal[], team: string, made: string): GoalsFolder {
  return { 'goals.ts': goalsModule(goals, team, made), 'jobs.ts': jobsModule(goals, made) };
}

/** The shell's own argument list of a command line: silent on stdin, and its exit code decides. */
export function shellArgv(shell: string, command: string, stdin: string | null): string[] {
  // The command's stdout is log; the job's output goes to file descriptor 3, which the command does not get.
  const succeed = `3>&- && printf '{"exitCode":0}' >&3`;
  return stdin === null
    ? ['/bin/sh', '-c', `"$0" -c "$1" </dev/null ${succeed}`, shell, command]
    : ['/bin/sh', '-c', `printf %s "$2" | "$0" -c "$1" ${succeed}`, shell, command, stdin];
}

/** The same for a program with its arguments, without a shell between. */
export const programArgv = (argv: readonly string[]): string[] => [
  ...['/bin/sh', '-c', `"$0" "$@" </dev/null 3>&- && printf '{"exitCode":0}' >&3`],
  ...argv,
];

/** How long an outcome may last until its schedule counts as silent; null: it has no two times in nine years. */
export function freshFor(cron: string, timezone: string, now: number): string | null {
  const gap = longestGap(cron, timezone, now);
  if (gap === null) return null;
  // Room for the run itself, and for a worker that is being restarted.
  const ms = gap + Math.max(15 * MINUTE, gap / 10);
  return ms < 2 * HOUR ? `${Math.ceil(ms / (5 * MINUTE)) * 5}m` : `${Math.ceil(ms / HOUR)}h`;
}

function longestGap(cron: string, timezone: string, now: number): number | null {
  for (const span of [YEAR, 9 * YEAR]) {
    let [before, longest, count]: [number | null, number, number] = [null, 0, 0];
    for (const time of clockTimes({ cron: [cron], every: null, timezone }, now, now + span)) {
      if (before !== null) longest = Math.max(longest, time - before);
      before = time;
      count++;
    }
    if (count > 2) return longest;
  }
  return null;
}

function goalsModule(goals: readonly CommandGoal[], team: string, made: string): string {
  const isScheduled = goals.some(({ schedule }) => schedule !== null);
  const parts = goals.map((goal) => goalText(goal, team));
  return [
    ...banner(made),
    '// As with cron, a command is tried once and may run beside itself. What is better now: `retry` of a job, `overlap` and',
    '// `catchUp` of a schedule, `deadline` of a goal.',
    '',
    `import { goal, job${isScheduled ? ', latestTime, schedule' : ''} } from 'goalkeeper';`,
    "import { z } from 'zod';",
    '',
    'const scheduled = z.object({ time: z.iso.datetime() });',
    'const ended = z.object({ exitCode: z.literal(0) });',
    ...(isScheduled ? ['', 'const timed = (at: Date) => ({ time: at.toISOString() });'] : []),
    '',
    parts.join('\n\n'),
    '',
    `export default [${goals.map(({ name }) => camel(name)).join(', ')}];`,
    '',
  ].join('\n');
}

const banner = (made: string): string[] => [
  `// Made by \`${made}\`. It is yours: nothing writes it again.`,
  '//',
];

function goalText({ name, comment, outcome, owner, schedule }: CommandGoal, team: string): string {
  const own = camel(name);
  return `${comment
    .split('\n')
    .map((line) => `// ${line}`.trimEnd())
    .join('\n')}
export const ${own}Job = job({
  name: ${quoted(name)},
  input: scheduled,
  output: ended,
  timeout: '24h',
  retry: { attempts: 1 },
});

export const ${own} = goal({
  name: ${quoted(name)},
  outcome: ${quoted(outcome)},
  owner: ${quoted(owner)},
  team: ${quoted(team)},
  input: scheduled,
  output: ended,
  key: ['time'],
  jobs: [${own}Job],
  heals: 'any',
  criteria: { 'the command exited with 0': ({ exitCode }) => exitCode === 0 },
${schedule === null ? '' : scheduleText(schedule)}  pursue: (input, { run }) => run(${own}Job, input),
});`;
}

function scheduleText({ cron, timezone, jitterMinutes }: NonNullable<CommandGoal['schedule']>): string {
  const fresh = freshFor(cron, timezone, Date.now());
  const jitter = jitterMinutes === 0 ? '' : `\n      jitter: '${jitterMinutes}m',`;
  const on = `  on: [
    schedule(${quoted(cron)}, {
      timezone: ${quoted(timezone)},
      overlap: 'allowAll',
      catchUp: 'none',${jitter}
      input: timed,
    }),
  ],
`;
  if (fresh === null) return on;
  return `${on}  // Its owner is told when no run was achieved for so long, also when nothing ran at all.
  standing: {
    fresh: '${fresh}',
    pursue: false,
    input: (at) => timed(latestTime(${quoted(cron)}, at, ${quoted(timezone)})),
  },
`;
}

function jobsModule(goals: readonly CommandGoal[], made: string): string {
  const names = goals.map(({ name }) => `${camel(name)}Job`);
  const bindings = goals.map(
    (goal) => `  bind(
    ${camel(goal.name)}Job,
    command({
      argv: [
${goal.argv.map((part) => `        ${quoted(part)},`).join('\n')}
      ],
      cwd: ${goal.cwd === null ? 'home' : quoted(goal.cwd)},
      env: {${environmentText(goal.environment)}},
      output: 'fd3',
    }),
  ),`,
  );
  return [
    ...banner(made),
    '// A command has this environment and no other. What it prints goes to the log of the worker, and the last lines into the',
    '// error when its exit code is not 0.',
    '',
    "import { homedir, userInfo } from 'node:os';",
    "import { bind, command } from 'goalkeeper/worker';",
    `import { ${names.join(', ')} } from './goals.ts';`,
    '',
    'const home = homedir();',
    'const { username } = userInfo();',
    'const who = { HOME: home, LOGNAME: username, USER: username };',
    '',
    'export const jobs = [',
    ...bindings,
    '];',
    '',
  ].join('\n');
}

const environmentText = (environment: Readonly<Record<string, string>>): string => {
  const own = Object.entries(environment).map(([name, value]) => `${nameText(name)}: ${quoted(value)}`);
  return ` ${['...who', ...own].join(', ')} `;
};

const nameText = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : quoted(name));

/** A text as TypeScript writes it. */
const quoted = (text: string): string =>
  text.includes("'") && !/["\\]/.test(text)
    ? JSON.stringify(text)
    : `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

const camel = (name: string): string => {
  const made = name.replace(/-+(\w)/g, (_, letter: string) => letter.toUpperCase());
  return RESERVED.has(made) ? `${made}Goal` : made;
};

/** Names that the module has already, and words that no constant may have. */
const RESERVED = new Set([
  ...[
    'goal',
    'job',
    'schedule',
    'latestTime',
    'z',
    'scheduled',
    'ended',
    'timed',
    'bind',
    'command',
    'home',
    'who',
  ],
  ...[
    'username',
    'jobs',
    'homedir',
    'userInfo',
    'import',
    'export',
    'default',
    'delete',
    'new',
    'in',
    'if',
    'do',
  ],
  ...[
    'for',
    'while',
    'switch',
    'case',
    'class',
    'const',
    'let',
    'var',
    'function',
    'return',
    'void',
    'with',
    'yield',
  ],
  ...[
    'await',
    'async',
    'try',
    'catch',
    'throw',
    'this',
    'super',
    'true',
    'false',
    'null',
    'typeof',
    'enum',
    'package',
  ],
  ...[
    'static',
    'public',
    'private',
    'protected',
    'interface',
    'implements',
    'break',
    'continue',
    'debugger',
    'else',
  ],
  ...['extends', 'finally', 'instanceof', 'eval', 'arguments', 'undefined'],
]);
