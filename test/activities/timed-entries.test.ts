import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { TIMED_ENTRIES } from '../../activities/timed-entries.ts';

/** Enters a sandbox with a limit of 50 ms, for a script that takes longer; tells how that ended. */
async function entered(globals: object): Promise<string> {
  const code = `
    import vm from 'node:vm';
    const context = vm.createContext(${JSON.stringify(globals)});
    const script = new vm.Script('const until = Date.now() + 500; while (Date.now() < until); "done"');
    let said;
    try { said = script.runInContext(context, { timeout: 50 }); } catch (error) { said = error.code; }
    console.log(said);`;
  const preload = `data:text/javascript,${encodeURIComponent(TIMED_ENTRIES)}`;
  const args = ['--import', preload, '--input-type=module', '--eval', code];
  return (await promisify(execFile)(process.execPath, args)).stdout.trim();
}

test("code that may be a team's has its limit, what loads the modules of all runs has a longer one, and the SDK's own has none", async () => {
  expect(await entered({})).toBe('done');
  const sandbox = { __TEMPORAL_BAG_HOLDER__: 1, __TEMPORAL_ACTIVATOR__: { blockedConditions: { size: 0 } } };
  const looks = { ...sandbox, __temporal_args: [1, 'tryUnblockConditions'] };
  expect(await entered(looks)).toBe('done');
  const waits = { ...looks, __TEMPORAL_ACTIVATOR__: { blockedConditions: { size: 1 } } };
  for (const own of [waits, { ...sandbox, __temporal_args: [1, 'activate'] }])
    expect(await entered(own)).toBe('ERR_SCRIPT_EXECUTION_TIMEOUT');
});
