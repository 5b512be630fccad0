// The operators' commands before a real gateway, server and worker. Most run in this process; some as the program, one of them
// in a pseudo-terminal.

import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bind } from 'goalkeeper/worker';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { jobs } from '../../engine/jobs.ts';
import { fresh, Workbench } from '../../engine/workbench.ts';
import { accessBench, tokenOf } from '../../gateway/access/workbench.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import goals, { build, tearDown } from './goals.ts';
import { shellInTerminal } from './shell-in-terminal.ts';
import { type RunOptions, ran as ranAt } from './test-screen.ts';

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  bench = await Workbench.open();
  const own = [
    bind(build, async () => ({})),
    bind(tearDown, async () => {
      throw Object.assign(new Error('it does not let go'), { code: 'teardown_broken' });
    }),
  ];
  await bench.worker(fileURLToPath(new URL('goals.ts', import.meta.url)), goals, [...jobs, ...own]);
  gateway = await gatewayAt(temporalAddress);
  environment = { GOALKEEPER_URL: gateway.url };
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

/** As people do, it asks again where Temporal does not answer in time: on a busy machine it may not. */
async function ran(args: string, options: RunOptions = {}) {
  for (const until = Date.now() + 45_000; ; ) {
    const done = await ranAt(args.split(' '), { environment, ...options });
    if (!done.err.includes('temporal_unavailable') || Date.now() > until) return done;
  }
}
const parsed = (lines: string): unknown[] =>
  lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('runs', () => {
  test('start by pairs, wait, and exit by the outcome; the first true failure is named', async () => {
    const [good, bad] = [fresh('k'), fresh('k')];
    const achieved = await ran(`runs start cli-walked key=${good} steps=fail,ok least=2 --wait`);
    expect(achieved).toMatchObject({ exit: 0, err: '' });
    expect(achieved.out).toContain(`achieved  cli-walked:${good}\n`);
    expect(achieved.out).toContain('1 error healed');
    const failed = await ran(`runs start cli-walked key=${bad} steps=ok steps=permanent:gone --wait`);
    expect(failed.exit).toBe(2);
    expect(failed.out).toContain(
      `failed  cli-walked:${bad}\n  no retry will heal this\n  job: gone, step act#2`,
    );

    expect((await ran(`runs show cli-walked:${bad}`)).exit).toBe(0);
    const shown = await ran(`runs show cli-walked:${bad} --exit-code --json`);
    expect(shown.exit).toBe(2);
    expect(parsed(shown.out)).toEqual([(await gateway.get(`/runs/cli-walked:${bad}`)).body]);
    expect((await ran(`runs watch cli-walked:${bad}`)).exit).toBe(2);

    // The listing follows in a moment.
    const listed = () => ran(`runs list --goal cli-walked --key ${bad}`);
    await expect.poll(async () => (await listed()).out).toContain(`cli-walked:${bad}\tfailed\t`);
    const drawn = await ran(`runs list --goal cli-walked --key ${bad}`, { columns: 100 });
    expect(drawn.out).toMatch(/RUN.*OUTCOME.*STARTED.*WHY/);
    expect(drawn.out).toContain('\u001b[31mfailed\u001b[39m');
    const narrow = (args: string) => ran(`runs list --key ${bad} ${args}`, { columns: 30 });
    expect((await narrow('--goal cli-walked')).out).not.toContain(`cli-walked:${bad}`);
    expect((await narrow('--goal cli-walked --wide')).out).toContain(`cli-walked:${bad}`);
    const quiet = await ran('runs list', { columns: 100, environment: { ...environment, NO_COLOR: '1' } });
    expect(quiet.out).not.toContain('\u001b');

    // A resume shows what it repeats, and does nothing unasked.
    const unasked = await ran(`runs resume cli-walked:${bad} --reason mended`);
    expect(unasked.exit).toBe(3);
    expect(unasked.err).toContain('keeps    act#1');
    expect(unasked.err).toContain('repeats  act#2, begun once before');
    expect(unasked.err).toContain('--yes');
    const declined = await ran(`runs resume cli-walked:${bad}`, { columns: 80, input: 'n\n' });
    expect(declined).toMatchObject({ exit: 3, err: expect.stringContaining('Resume it so? [y/N]') });
    // The end of the input is no consent.
    expect((await ran(`runs resume cli-walked:${bad}`, { columns: 80, input: '' })).exit).toBe(3);
    const execution = async () => (await gateway.get(`/runs/cli-walked:${bad}`)).body.execution;
    const before = await execution();
    expect((await ran(`runs resume cli-walked:${bad} --dry-run --json`)).exit).toBe(0);
    expect(await execution()).toBe(before);
    const resumed = await ran(`runs resume cli-walked:${bad} --wait`, { columns: 80, input: 'yes\n' });
    expect(resumed.exit).toBe(2);
    expect(await execution()).not.toBe(before);
    expect((await ran(`runs accept cli-walked:${bad} --reason known --by ann`)).err).not.toContain('refused');
    // Temporal keeps it; a worker takes it in a moment.
    await expect
      .poll(async () => (await ran(`runs show cli-walked:${bad}`)).out)
      .toContain('accepted by ann');
  });

  test('an input is typed and checked, with each error beside its field', async () => {
    const untyped = await ran('runs start cli-walked key=a least=two dya=1');
    expect(untyped.exit).toBe(1);
    expect(untyped.err).toContain('  least  "two" is not a whole number\n');
    expect(untyped.err).toContain('  dya    the goal takes no "dya"; it takes: key, steps, least\n');
    const refused = await ran('runs start cli-walked --input {"least":1}');
    expect(refused).toMatchObject({ exit: 3, out: '' });
    expect(refused.err).toMatch(/^input_invalid: .*\n {2}(input\.)?key/);
    const key = fresh('k');
    const piped = await ran('runs start cli-walked --input-file - --json', {
      input: JSON.stringify({ key }),
    });
    expect(piped.exit).toBe(0);
    expect(parsed(piped.out)).toMatchObject([{ id: `cli-walked:${key}`, input: { key } }]);
    expect((await ran('runs start cli-walked key=a --input {}')).err).toContain('Give the input once');
    expect((await ran(`runs start cli-walked key=${key} --force`)).exit).toBe(3);
  });

  test('a person who is waited for: watch says so when its time is over', async () => {
    const key = fresh('k');
    const waited = await ran(`runs start cli-signed key=${key} --wait --timeout 1s`);
    expect([6, 8]).toContain(waited.exit);
    await expect.poll(async () => (await ran(`runs show cli-signed:${key} --exit-code`)).exit).toBe(6);
    const cancelled = await ran(`runs cancel cli-signed:${key} --reason enough`);
    expect(cancelled.exit).toBe(0);
    expect((await ran(`runs watch cli-signed:${key}`)).exit).toBe(5);
  });

  test('what is not there, or does not answer', async () => {
    expect(await ran('runs show cli-walked:nobody')).toMatchObject({
      ...{ exit: 7, out: '' },
      err: expect.stringMatching(/^run_unknown: .*\n.*GET \/runs/),
    });
    const unreachable = await ran('runs list --json --url http://127.0.0.1:9');
    expect(unreachable.exit).toBe(4);
    expect(parsed(unreachable.err)).toMatchObject([{ problem: { code: 'gateway_unreachable' } }]);
    expect((await ran('runs list --state asleep')).exit).toBe(1);
    expect((await ran('runs list --url nonsense')).err).toContain('is not the address of a gateway');
  });
});

test('goals: a list, one of them, and a pause', async () => {
  expect((await ran('goals list')).out).toMatch(/^cli-walked\t/m);
  expect((await ran('goals', { columns: 80 })).out).toMatch(/^\S*GOAL.*LAST/);
  const shown = await ran('goals show cli-walked');
  expect(shown.out).toContain('cli-walked  Every step was walked');
  expect((await ran('goals pause cli-signed --reason freeze --by ann')).out).toContain('is paused');
  expect((await ran('goals show cli-signed')).out).toContain('paused by ann');
  expect((await ran('goals unpause cli-signed')).out).toContain('is not paused');
});

test('a gateway that wants a token: it knows who acts', async () => {
  const viewer = tokenOf({ name: 'eye', roles: ['viewer'], teams: ['cli'] });
  const operator = tokenOf({ name: 'ci', roles: ['operator'], teams: ['cli'] });
  const bench = accessBench({ tokens: [viewer.line, operator.line] });
  const guarded = await gatewayAt(temporalAddress, undefined, undefined, undefined, [], {
    access: await bench.watch(),
  });
  onTestFinished(async () => {
    await guarded.stop();
    bench.remove();
  });
  const as = (token?: string) => ({
    environment: { GOALKEEPER_URL: guarded.url, ...(token && { GOALKEEPER_TOKEN: token }) },
  });
  expect(await ran('goals', as())).toMatchObject({ exit: 3, out: '' });
  expect((await ran('goals', as(viewer.token))).out).toMatch(/^cli-walked\t/m);
  const key = fresh('k');
  expect((await ran(`runs start cli-walked key=${key}`, as(viewer.token))).exit).toBe(3);
  const started = await ran(`runs start cli-walked key=${key} --json`, as(operator.token));
  expect(parsed(started.out)).toMatchObject([{ why: { by: 'ci' } }]);
});

test('hostile texts are shown as symbols', async () => {
  const reason = 'evil\u001b[31m\u202etxt';
  await ranAt(['goals', 'pause', 'cli-leased', '--reason', reason], { environment });
  const shown = await ran('goals show cli-leased', { columns: 80 });
  expect(shown.out).toMatch(/paused.* evil(␛\[31m)?⟨U\+202E⟩txt/);
  await ran('goals unpause cli-leased');
});

describe('completion', () => {
  const completed = async (...words: string[]) =>
    (await ranAt(['complete', '--', ...words], { environment })).out
      .split('\n')
      .map((line) => line.split('\t')[0])
      .filter((word) => word !== '');

  test('knows commands, options, choices, goals, fields and runs', async () => {
    const key = fresh('done');
    await ran(`runs start cli-daily day=2025-05-05`);
    await ran(`runs start cli-walked key=${key} --wait`);
    expect(await completed('ru')).toEqual(['runs']);
    expect(await completed('runs', 'sta')).toEqual(['start']);
    expect(await completed('runs', 'list', '--out')).toEqual(['--outcome']);
    expect(await completed('runs', 'list', '--outcome', '')).toEqual(['achieved', 'failed', 'cancelled']);
    expect(await completed('runs', 'list', '--outcome=f')).toEqual(['--outcome=failed']);
    expect(await completed('runs', 'start', 'cli-wal')).toEqual(['cli-walked']);
    expect(await completed('runs', 'list', '--goal', 'cli-wal')).toEqual(['cli-walked']);
    expect(await completed('runs', 'start', 'cli-walked', '')).toEqual(['key=', 'steps=', 'least=']);
    expect(await completed('runs', 'start', '--input-file', '')).toEqual([':files']);
    expect(await completed('runs', 'start', '--reason', '')).toEqual([]);
    const id = `cli-walked:${key}`;
    await expect.poll(() => completed('runs', 'show', id.slice(0, -1))).toEqual([id]);
    expect(await completed('runs', 'watch', id.slice(0, -1))).toEqual([]);
    expect(await completed('runs', 'show', '--url', 'http://127.0.0.1:9', id.slice(0, -1))).toEqual([]);
    expect(await completed('nonsense', '')).toContain('runs');
  });

  const lacks = (shell: string, ...args: string[]): boolean => spawnSync(shell, args).status !== 0;

  /** A run to look for, which the list has; and its ID without its last characters. */
  async function findableRun(): Promise<{ id: string; begun: string }> {
    const id = `cli-walked:${fresh('tab')}`;
    await ran(`runs start cli-walked key=${id.slice(id.indexOf(':') + 1)} --wait`);
    const begun = id.slice(0, -2);
    await expect.poll(() => completed('runs', 'show', begun)).toEqual([id]);
    return { id, begun };
  }

  const SHELLS = [
    { shell: 'bash', start: 'bash --norc --noprofile -i', load: 'eval "$(goalkeeper completion bash)"' },
    {
      shell: 'zsh',
      start: 'zsh -f -i',
      load: 'autoload -U compinit; compinit -u -D; source <(goalkeeper completion zsh)',
    },
  ];
  test.for(SHELLS)(
    'in a real $shell, at the press of Tab: a run ID with its colon; what was typed is not evaluated',
    async ({ shell, start, load }, { skip }) => {
      skip(lacks('script', '--version'), 'util-linux, which makes the terminal, is not installed');
      skip(lacks(shell, '--version'), `${shell} is not installed`);
      const { id, begun } = await findableRun();
      const evaluated = join(tmpdir(), fresh('evaluated'));
      const terminal = await shellInTerminal(start, environment);
      try {
        await terminal.enter(`${load}; echo load""ed\n`, 'loaded');
        await terminal.enter(`goalkeeper runs show ${begun}\t`, `${id.slice(-2)} `);
        await terminal.enter('--exit-code >/dev/null; echo exit=$?\n', 'exit=0');
        // The bell says that there is no such run. (The word at the cursor zsh itself would evaluate.)
        const typed = `goalkeeper runs show --execution $(touch ${evaluated}) nobody:`;
        await terminal.enter(`${typed}\t`, '\u0007');
        expect(existsSync(evaluated)).toBe(false);
      } finally {
        await terminal.end();
      }
    },
  );

  test('in a real fish', async ({ skip }) => {
    skip(lacks('fish', '--version'), 'fish is not installed');
    const { id, begun } = await findableRun();
    const bin = await mkdtemp(join(tmpdir(), 'gk-fish-'));
    await symlink(resolve('cli/goalkeeper.js'), join(bin, 'goalkeeper'));
    const code = `goalkeeper completion fish | source; complete -C 'goalkeeper runs show ${begun}'`;
    const { stdout } = await promisify(execFile)('fish', ['--no-config', '-c', code], {
      env: { ...process.env, ...environment, HOME: bin, PATH: `${bin}:${process.env.PATH ?? ''}` },
    });
    await rm(bin, { recursive: true });
    expect(stdout).toBe(`${id}\tachieved\n`);
  });
});

describe('the rest', () => {
  test('errors: those of a run, and the troubles of all', async () => {
    const key = fresh('k');
    await ran(`runs start cli-walked key=${key} steps=fail:${key},permanent:gone --wait`);
    const ofRun = await ran(`errors cli-walked:${key}`);
    expect(ofRun.out.split('\n')[0]).toMatch(/^act#1\t1\t(fatal|handled)\t/);
    expect(parsed((await ran(`errors cli-walked:${key} --json`)).out)).toEqual(
      (await gateway.get(`/runs/cli-walked:${key}/errors`)).body.items,
    );
    // Not before the listing has the run.
    await expect.poll(async () => (await ran('errors --goal cli-walked')).out).toContain(`\t${key}\t`);
    expect((await ran('errors --goal cli-walked', { columns: 100 })).out).toContain('FINGERPRINT');
    expect((await ran(`errors cli-walked:${key} --goal x`)).exit).toBe(1);
  });

  test('approvals: a list, a decision, an answer that is checked', async () => {
    const key = fresh('k');
    const run = `cli-signed:${key}`;
    await ran(`runs start cli-signed key=${key}`);
    const listed = async () => (await ran('approvals')).out;
    await expect.poll(listed).toMatch(new RegExp(`^${run}\tsign-off#1\tapproval\tfinance\t`, 'm'));
    expect((await ran(`approvals reject ${run}`)).err).toContain('--reason');
    expect((await ran(`approvals approve ${run} --by ada --reason fits`)).out).toContain('approve by ada');
    await expect.poll(async () => (await ran(`approvals list ${run}`)).out).toContain('rate#1');
    const unfit = await ran(`approvals approve ${run} rate --data {"rate":"high"}`);
    expect(unfit).toMatchObject({ exit: 3, err: expect.stringMatching(/^answer_invalid: .*\n {2}.*rate/) });
    expect((await ran(`approvals approve ${run} --data {"rate":2}`)).exit).toBe(0);
    expect((await ran(`runs watch ${run} --timeout 60s`)).exit).toBe(0);
    expect(await ran(`approvals approve ${run}`)).toMatchObject({
      ...{ exit: 3, err: `approval_ambiguous: ${run} asks nothing of people now.\n` },
    });
  });

  test('schedules, events and backfills', async () => {
    const listed = async () => (await ran('schedules list --goal cli-daily')).out;
    await expect.poll(listed).toContain('\tactive\t');
    const [schedule = ''] = (await listed()).split('\t');
    expect((await ran(`schedules pause ${schedule}`)).exit).toBe(1);
    expect((await ran(`schedules pause ${schedule} --reason freeze --by ann`)).out).toMatch(
      /^paused .*freeze/,
    );
    expect((await ran(`schedules unpause ${schedule} --reason thaw`)).out).toMatch(/^active/);
    expect((await ran(`schedules trigger ${schedule} --reason now`)).out).toContain(`triggered ${schedule}`);
    expect((await ran(`schedules show ${schedule}`)).out).toContain('0 5 1 1 *');

    const sent = await ran('events send --type cli.day-landed --source /tests --data {"day":"2025-06-01"}');
    expect(sent).toMatchObject({ exit: 0, out: expect.stringMatching(/started .*cli-daily:2025-06-01/) });
    const unfit = { input: JSON.stringify({ specversion: '1.0', id: '1', source: '/tests' }) };
    expect((await ran('events send -', unfit)).err).toMatch(/^event_invalid: .*\n {2}type {2}/);
    expect((await ran('events send --type a')).exit).toBe(1);

    const range = '--step 1d --input {"day":"{date}"} --from 2025-06-01T00:00:00Z --to 2025-06-04T00:00:00Z';
    await expect
      .poll(async () => (await ran(`backfills start cli-daily ${range} --dry-run`)).out)
      .toMatch(/: 3 runs\n[\s\S]*skip .*cli-daily:2025-06-01\n[\s\S]*run .*cli-daily:2025-06-02/);
    expect((await ran('backfills start cli-daily --keys 2025-06-01,2025-07-01 --dry-run')).out).toMatch(
      /: 2 runs\n[\s\S]*skip .*cli-daily:2025-06-01\n[\s\S]*run .*cli-daily:2025-07-01/,
    );
    expect((await ran(`backfills start cli-daily ${range}`)).exit).toBe(3);
    const started = await ran(`backfills start cli-daily ${range} --yes --json`);
    expect(started).toMatchObject({ exit: 0, err: '' });
    const [{ id }] = parsed(started.out) as [{ id: string }];
    await expect.poll(async () => (await ran(`backfills show ${id} --exit-code`)).exit).toBe(0);
    expect((await ran(`backfills show ${id}`)).out).toContain('3 of 3');
    expect((await ran('backfills --goal cli-daily')).out).toContain(`${id}\t`);
    expect((await ran(`backfills cancel ${id}`)).exit).toBe(3);
  });

  test('leases and alerts', async () => {
    const key = fresh('k');
    await ran(`runs start cli-leased key=${key} --wait`);
    const stuck = async () => (await ran('leases list --goal cli-leased --state stuck')).out;
    await expect.poll(stuck).toContain(`\tcli-leased:${key}\t`);
    const [lease = ''] =
      (await stuck())
        .split('\n')
        .find((line) => line.includes(key))
        ?.split('\t') ?? [];
    expect((await ran(`leases show ${lease}`)).out).toMatch(
      /^stuck .*\n[\s\S]*teardown_broken: it does not let go/,
    );
    expect((await ran(`leases retry ${lease} --reason mended --by ann`)).exit).toBe(0);

    const alerts = async () => (await ran('alerts list --goal cli-leased --state open')).out;
    await expect.poll(alerts).toContain('\tlease-stuck\t');
    const [alert = ''] = (await alerts()).split('\t');
    expect((await ran(`alerts show ${alert}`)).out).toMatch(/^open .*lease-stuck/);
    expect((await ran(`alerts ack ${alert} --by ann --reason mine`)).out).toContain('taken by ann');
    expect((await ran('goals mute cli-leased --for 1h --by ann')).out).toContain('cli-leased is muted until');
    expect((await ran('goals unmute cli-leased')).exit).toBe(0);
  });
});

describe('the program', () => {
  const PROGRAM = ['cli/goalkeeper.js'];

  test('prints plain lines into a pipe, and ends with the exit code of the outcome', async () => {
    const key = fresh('k');
    const args = [...PROGRAM, 'runs', 'start', 'cli-walked', `key=${key}`, 'steps=permanent:gone', '--wait'];
    const error = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, ...environment },
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 2, stderr: '' });
    expect((error as { stdout: string }).stdout).toMatch(
      new RegExp(`^[^\u001b]*failed  cli-walked:${key}\n`),
    );
  });

  const hasScript = spawnSync('script', ['--version']).status === 0;
  // It makes a pseudo-terminal; of util-linux.
  test.skipIf(!hasScript)('asks, draws and redraws in a terminal', async () => {
    const key = fresh('k');
    const command = `${process.execPath} ${PROGRAM} runs start cli-walked key=${key} steps=fail,fail,ok steps=ok --force --wait`;
    const running = promisify(execFile)('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, ...environment, TERM: 'xterm', NO_COLOR: '' },
    });
    running.child.stdin?.write('y\n');
    const { stdout } = await running;
    expect(stdout).toContain('All its steps run again. [y/N]');
    expect(stdout).toContain('\u001b[32machieved\u001b[39m');
    // At least one picture was drawn over.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: up, and all below away
    expect(stdout).toMatch(/\x1b\[\d+A\r\x1b\[J/);
    expect(stdout).not.toContain('\u001b[31m');
  });
});
