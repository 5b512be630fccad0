// Work that goes on elsewhere and is told of by callback: a real worker, a real gateway, a real service.

import { execFile, fork } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RunningWorker } from '../../../activities/worker.ts';
import { startGateway } from '../../../gateway/server.ts';
import { type Temporal, temporalAt } from '../../../gateway/temporal/temporal.ts';
import type { Goal } from '../../../goals/index.ts';
import type { CallbackClaims } from '../../../goals/wire/callback.ts';
import { answer } from '../../activities/runners/stub-service.ts';
import { askingAt, silent } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { ChildWorker } from '../child-worker.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { bound, rendered, renderedInTime, renderedSoon } from './goals.ts';
import { jobsAt } from './jobs.ts';
import { failed, slowService, tell } from './slow-service.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const SECRET = 'a secret of more than thirty-two characters';
const SCHEDULED = 1;

let bench: Workbench;
let service: Awaited<ReturnType<typeof slowService>>;
let gateway: Awaited<ReturnType<typeof gatewayWith>>;

async function gatewayWith(callbackSecret?: string) {
  const real = temporalAt(temporalAddress, 'default');
  let calls = 0;
  const temporal: Temporal = {
    ...real,
    call: (make, ms) => {
      calls++;
      return real.call(make, ms);
    },
  };
  const started = await startGateway({ host: '127.0.0.1', port: 0, temporal, callbackSecret, log: silent });
  const stop = async () => {
    await started.stop();
    await temporal.close();
  };
  return { url: started.url, ...askingAt(started.url), calls: () => calls, stop };
}

/** As the launcher starts it; where it listens. */
async function gatewayProcess(environment: NodeJS.ProcessEnv): Promise<string> {
  const child = fork(fileURLToPath(new URL('../../../gateway/main.ts', import.meta.url)), [], {
    env: { ...process.env, TEMPORAL_ADDRESS: temporalAddress, PORT: '0', ...environment },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [{ url, problem }] = (await once(child, 'message')) as [{ url?: string; problem?: unknown }];
  if (url === undefined) throw new Error(JSON.stringify(problem));
  return url;
}

beforeAll(async () => {
  bench = await Workbench.open();
  service = await slowService();
  gateway = await gatewayWith(SECRET);
  process.env.GOALKEEPER_CALLBACK_SECRET = SECRET;
  process.env.GOALKEEPER_CALLBACK_URL = gateway.url;
});
afterAll(async () => {
  await gateway.stop();
  await bench.close();
});

/** A run whose endpoint has taken the work; `callback` waits for the nth that it was given. */
async function begun(goal: Goal, key = fresh('book')) {
  const handle = await bench.start(goal, { key });
  const callback = (n = 1) => service.callback(key, n);
  await callback();
  return { key, handle, callback };
}

const pendingOf = async (id: string) =>
  (await bench.client.workflow.getHandle(id).describe()).raw.pendingActivities ?? [];

describe('with a worker', () => {
  let worker: RunningWorker;
  beforeAll(async () => {
    worker = await bench.worker(`${folder}goals.ts`, goals, jobsAt(service.url));
  });
  afterAll(() => worker.stop());

  test('the run waits without holding a slot, and the callback brings the output, once', async () => {
    const { handle, callback } = await begun(rendered);
    await expect
      .poll(async () => (await pendingOf(handle.workflowId)).map(({ state }) => state), { timeout: 60_000 })
      .toEqual([SCHEDULED]);
    const { run: waiting } = await bench.story(handle);
    expect(waiting).toMatchObject({
      state: 'pursuing',
      atRisk: false,
      errors: { pending: 0 },
      steps: [{ path: 'render#1', state: 'running', attempts: 1, nextAttemptAt: null }],
    });
    expect(await tell(await callback(), { output: { pages: 12 } })).toEqual({
      status: 204,
      code: null,
      body: null,
    });
    const { run, errors } = await bench.closed(handle);
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { pages: 12 },
      steps: [{ path: 'render#1', state: 'succeeded', attempts: 1 }],
    });
    expect(errors).toEqual([]);
    for (const body of [{ output: { pages: 12 } }, { output: { pages: 13 } }, failed('late')])
      expect(await tell(await callback(), body)).toMatchObject({ status: 409, code: 'callback_spent' });
  });

  test('a callback that overtakes the answer 202 is taken', async () => {
    const key = fresh('book');
    let told: Promise<unknown> = Promise.resolve();
    service.meets(key, async (request, response) => {
      const before = gateway.calls();
      told = tell(request.headers['goalkeeper-callback'] as string, { output: { pages: 1 } });
      // It looks a second time: the attempt did not wait yet at the first.
      await expect.poll(gateway.calls, { timeout: 60_000, interval: 10 }).toBeGreaterThan(before + 1);
      answer(202)(request, response);
    });
    const { run, errors } = await bench.pursue(rendered, { key });
    expect(run).toMatchObject({ outcome: 'achieved', steps: [{ attempts: 1 }] });
    expect(errors).toEqual([]);
    expect(await told).toMatchObject({ status: 204 });
  });

  test('a callback that reports failure is an error like any other: kept, and tried again by policy', async () => {
    const key = fresh('book');
    service.meets(key, answer(503));
    const { handle, callback } = await begun(rendered, key);
    const details = { page: 7 };
    expect(await tell(await callback(1), failed('printer_jam', { details, type: 'JamError' }))).toMatchObject(
      { status: 204 },
    );
    await callback(2);
    const live = await bench.story(handle);
    expect(live.errors.map(({ code, disposition }) => [code, disposition])).toEqual([
      ['http_503', 'pending'],
      ['printer_jam', 'pending'],
    ]);
    // What is over is over: the first attempt's token has no say in the second's.
    expect(await tell(await callback(1), { output: { pages: 1 } })).toMatchObject({
      status: 409,
      code: 'callback_spent',
    });
    expect(await tell(await callback(2), { output: { pages: 3 } })).toMatchObject({ status: 204 });
    const { run, errors } = await bench.closed(handle);
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { pages: 3 },
      errors: { recovered: 2, pending: 0, fatal: 0 },
      steps: [{ path: 'render#1', state: 'succeeded', attempts: 3 }],
    });
    expect(run.steps).toHaveLength(1);
    expect(errors).toMatchObject([
      { attempt: 1, code: 'http_503', disposition: 'recovered' },
      {
        attempt: 2,
        code: 'printer_jam',
        message: 'it came to printer_jam',
        type: 'JamError',
        class: 'transient',
        disposition: 'recovered',
      },
    ]);
  });

  test('what a callback tells is kept without what the team’s own patterns describe', async () => {
    const own = await gatewayProcess({
      GOALKEEPER_CALLBACK_SECRET: SECRET,
      GOALKEEPER_REDACT: '["CUST-[0-9]+"]',
    });
    const { handle, callback } = await begun(rendered);
    const message = 'no page for CUST-4711, password=hunter2hunter2';
    const told = { ...failed('no_page', { details: { who: 'CUST-4711' } }) };
    const url = (await callback()).replace(gateway.url, own);
    expect(await tell(url, { ...told, error: { ...told.error, message, class: 'permanent' } })).toMatchObject(
      {
        status: 204,
      },
    );
    const { run, errors } = await bench.closed(handle);
    expect(run.outcome).toBe('failed');
    expect(errors).toMatchObject([{ code: 'no_page', message: expect.stringMatching(/^no page for .+/) }]);
    const history = JSON.stringify(await handle.fetchHistory(), (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString() : value,
    );
    for (const kept of [JSON.stringify([run, errors]), history]) {
      expect(kept).toContain('no page for');
      expect(kept).not.toMatch(/CUST-4711|hunter2/);
    }
  });

  test('failures by callback use up the attempts, and one that is permanent ends them', async () => {
    const often = await begun(rendered);
    for (const n of [1, 2, 3]) await tell(await often.callback(n), failed(`jam_${n}`));
    const { run, errors } = await bench.closed(often.handle);
    expect(run).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'job', code: 'jam_3', path: ['render#1'], cause: { attempt: 3 } },
      steps: [{ attempts: 3, state: 'failed' }],
    });
    expect(errors.map(({ code, disposition }) => [code, disposition])).toEqual([
      ['jam_1', 'fatal'],
      ['jam_2', 'fatal'],
      ['jam_3', 'fatal'],
    ]);
    for (const body of [failed('no_paper', { class: 'permanent' }), failed('no_such_book')]) {
      const once = await begun(rendered);
      await tell(await once.callback(), body);
      expect((await bench.closed(once.handle)).run).toMatchObject({
        outcome: 'failed',
        failure: { code: body.error.code },
        steps: [{ attempts: 1 }],
      });
    }
  });

  test('a callback that never comes is a timeout in the ledger, and tried again; then it comes too late', async () => {
    const { handle, callback } = await begun(renderedSoon);
    await callback(2);
    expect((await tell(await callback(1), { output: { pages: 1 } })).code).toMatch(
      /^callback_(spent|expired)$/,
    );
    expect(await tell(await callback(2), { output: { pages: 5 } })).toMatchObject({ status: 204 });
    const { run, errors } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'achieved', output: { pages: 5 }, steps: [{ attempts: 2 }] });
    expect(errors).toMatchObject([
      {
        code: 'timeout',
        message: expect.stringContaining('no callback within'),
        class: 'transient',
        disposition: 'recovered',
      },
    ]);
  });

  test('an output that does not fit is told to whoever sent it, and ends the step as it does elsewhere', async () => {
    const { handle, callback } = await begun(rendered);
    expect(await tell(await callback(), { output: { pages: 'many' } })).toMatchObject({
      status: 422,
      code: 'output_invalid',
      body: { errors: [{ path: 'pages' }] },
    });
    const { run, errors } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'failed', failure: { code: 'output_invalid', path: ['render#1'] } });
    expect(errors).toMatchObject([
      { attempt: 1, code: 'output_invalid', class: 'data', disposition: 'fatal' },
    ]);
    const large = await begun(rendered);
    const output = { pages: 1, text: 'x'.repeat(1_100_000) };
    expect(await tell(await large.callback(), { output })).toMatchObject({
      status: 413,
      code: 'output_too_large',
    });
    expect((await bench.closed(large.handle)).run).toMatchObject({ failure: { code: 'output_too_large' } });
  });

  test('what is no callback changes nothing', async () => {
    const { handle, callback } = await begun(rendered);
    const url = await callback();
    for (const body of [
      {},
      { error: { code: 'x' } },
      { goalkeeper: 2, output: 1 },
      { goalkeeper: 1, output: 1, error: 1 },
    ])
      expect(await tell(url, body), JSON.stringify(body)).toMatchObject({
        status: 422,
        code: 'body_invalid',
      });
    expect((await gateway.get(new URL(url).pathname)).status).toBe(405);
    expect(await tell(url, { output: { pages: 1 } })).toMatchObject({ status: 204 });
    expect((await bench.closed(handle)).run.outcome).toBe('achieved');
  });

  test('the commands that the docs give do what they say', async () => {
    const docs = await readFile(
      fileURLToPath(new URL('../../../docs/guide/endpoints.md', import.meta.url)),
      'utf8',
    );
    const [well, badly] = [...docs.matchAll(/<!-- callback -->\n```sh\n([\s\S]*?)```/g)].map(
      ([, command]) => command as string,
    ) as [string, string];
    const { handle, callback } = await begun(rendered);
    const sh = async (command: string, n: number): Promise<string> => {
      const env = { ...process.env, CALLBACK: await callback(n) };
      return (await promisify(execFile)('sh', ['-c', command], { env })).stdout;
    };
    expect(await sh(badly, 1)).toBe('');
    expect(await sh(well, 2)).toBe('');
    expect(JSON.parse(await sh(well, 2))).toMatchObject({ status: 409, code: 'callback_spent' });
    const { run, errors } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'achieved', output: { pages: 12 } });
    expect(errors).toMatchObject([{ code: 'paper_jam', message: 'page 7 is torn' }]);
  });

  test('a token that is forged, of another namespace or expired is good for nothing', async () => {
    const { handle, callback } = await begun(rendered);
    const url = await callback();
    const [, base, told = '', signature] = /^(.*\/)([^./]+)\.([^./]+)$/.exec(url) as RegExpExecArray;
    const claims = JSON.parse(Buffer.from(told, 'base64url').toString()) as CallbackClaims;
    const signed = (changes: Partial<CallbackClaims>, secret = SECRET): string => {
      const text = Buffer.from(JSON.stringify({ ...claims, ...changes })).toString('base64url');
      return `${base}${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    };
    const other = Buffer.from(JSON.stringify({ ...claims, step: 'render#2' })).toString('base64url');
    const forged = [
      `${base}${other}.${signature}`,
      `${base}${told}.`,
      `${base}${told}`,
      `${base}${told}.${signature}x`,
      `${base}${told}.${signature?.slice(0, -4)}AAAA`,
      `${base}.${signature}`,
      signed({}, 'another secret of more than thirty-two'),
      signed({ namespace: 'another' }),
    ];
    for (const one of forged)
      expect(await tell(one, { output: { pages: 1 } }), one).toMatchObject({
        status: 403,
        code: 'callback_forged',
      });
    expect(await tell(signed({ expires: Date.now() - 60_001 }), { output: { pages: 1 } })).toMatchObject({
      status: 410,
      code: 'callback_expired',
    });
    for (const changes of [{ nonce: '0' }, { step: 'render#2' }, { run: 'rendered:nobody' }])
      expect(await tell(signed(changes), { output: { pages: 1 } })).toMatchObject({
        status: 409,
        code: 'callback_spent',
      });
    expect((await bench.story(handle)).run.outcome).toBe(null);
    expect(await tell(signed({}), { output: { pages: 1 } })).toMatchObject({ status: 204 });
    expect((await bench.closed(handle)).run.outcome).toBe('achieved');
  });

  test('of callbacks that race through two gateways one is taken', async () => {
    const second = await gatewayWith(SECRET);
    onTestFinished(second.stop);
    for (let round = 0; round < 5; round++) {
      const { handle, callback } = await begun(rendered);
      const url = await callback();
      const elsewhere = url.replace(gateway.url, second.url);
      const told = await Promise.all(
        [1, 2, 3, 4, 5, 6].map((pages) =>
          tell(pages % 2 ? url : elsewhere, pages % 3 ? { output: { pages } } : failed(`jam_${pages}`)),
        ),
      );
      expect(told.map(({ status }) => status).sort()).toEqual([204, 409, 409, 409, 409, 409]);
      const taken = told.findIndex(({ status }) => status === 204) + 1;
      if (taken % 3 === 0) await tell(await callback(2), { output: { pages: taken } });
      const { run, errors } = await bench.closed(handle);
      expect(run).toMatchObject({ outcome: 'achieved', output: { pages: taken } });
      expect(errors.map(({ code }) => code)).toEqual(taken % 3 ? [] : [`jam_${taken}`]);
    }
  });

  test('a run that is cancelled or past its deadline while it waits ends at once, and takes no callback', async () => {
    const { handle, callback } = await begun(rendered);
    const before = await tell(await callback(), failed('jam'));
    expect(before.status).toBe(204);
    await callback(2);
    await expect
      .poll(async () => (await pendingOf(handle.workflowId))[0]?.state, { timeout: 60_000 })
      .toBe(SCHEDULED);
    await handle.cancel();
    const { run, errors } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'cancelled', steps: [{ state: 'cancelled' }] });
    expect(errors).toMatchObject([{ code: 'jam' }]);
    expect(await tell(await callback(2), { output: { pages: 1 } })).toMatchObject({
      status: 409,
      code: 'callback_spent',
    });

    const late = await begun(renderedInTime);
    expect((await bench.closed(late.handle)).run).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'deadline' },
    });
    expect(await tell(await late.callback(), { output: { pages: 1 } })).toMatchObject({ status: 409 });
    expect(service.taken(late.key)).toBe(1);
  });

  test('a result that came by callback is kept by a resume', async () => {
    const { handle, callback, key } = await begun(bound);
    await tell(await callback(1), failed('jam'));
    await tell(await callback(2), { output: { pages: 9 } });
    const { run } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'failed', failure: { path: ['bind#1'] } });
    const { body } = await gateway.post(`/runs/bound:${key}/resume`, { dryRun: true });
    expect(body.kept).toMatchObject([{ step: 'render#1' }]);
    expect(body.again).toMatchObject([{ step: 'bind#1' }]);
  });

  test('a worker or a gateway that was given no secret says so', async () => {
    const without = await gatewayWith();
    onTestFinished(without.stop);
    const { handle, callback } = await begun(rendered);
    const url = await callback();
    expect(await tell(url.replace(gateway.url, without.url), { output: { pages: 1 } })).toMatchObject({
      status: 503,
      code: 'callbacks_unconfigured',
    });
    await tell(url, { output: { pages: 1 } });
    await bench.closed(handle);
    await expect(gatewayWith('short')).rejects.toThrow('32 at least');
    for (const [name, code] of [
      ['GOALKEEPER_CALLBACK_SECRET', 'secret_missing'],
      ['GOALKEEPER_CALLBACK_URL', 'callback_unconfigured'],
    ] as const) {
      const { [name]: kept } = process.env;
      delete process.env[name];
      const { run } = await bench.pursue(rendered, { key: fresh('book') });
      if (kept !== undefined) process.env[name] = kept;
      expect(run).toMatchObject({
        outcome: 'failed',
        failure: { code, message: expect.stringContaining(name) },
      });
    }
  });
});

describe('when workers die', () => {
  const workers: ChildWorker[] = [];
  const taskQueue = fresh('q');
  const start = async () => {
    const worker = await ChildWorker.start(folder, {
      GOALKEEPER_TASK_QUEUE: taskQueue,
      SERVICE_URL: service.url,
    });
    workers.push(worker);
    return worker;
  };
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.end('SIGKILL')));
  });

  test('nothing is lost of what waits, nor of what callbacks tell meanwhile', async () => {
    const worker = await start();
    const keys = [fresh('book'), fresh('book')] as const;
    const runs = [];
    for (const key of keys) runs.push(await bench.start(rendered, { key }, taskQueue));
    const [well, badly] = runs as [(typeof runs)[0], (typeof runs)[0]];
    for (const { workflowId } of runs)
      await expect
        .poll(
          async () =>
            (await pendingOf(workflowId))[0]?.state === SCHEDULED &&
            service.taken(workflowId.replace('rendered:', '')),
          { timeout: 60_000 },
        )
        .toBe(1);
    await worker.end('SIGKILL');
    expect(await tell(await service.callback(keys[0]), { output: { pages: 4 } })).toMatchObject({
      status: 204,
    });
    expect(await tell(await service.callback(keys[1]), failed('jam'))).toMatchObject({ status: 204 });
    expect(await tell(await service.callback(keys[1]), failed('jam'))).toMatchObject({ status: 409 });
    await start();
    expect(await tell(await service.callback(keys[1], 2), { output: { pages: 5 } })).toMatchObject({
      status: 204,
    });
    const first = await bench.closed(well);
    expect(first.run).toMatchObject({ outcome: 'achieved', output: { pages: 4 }, steps: [{ attempts: 1 }] });
    expect(first.errors).toEqual([]);
    const second = await bench.closed(badly);
    expect(second.run).toMatchObject({ outcome: 'achieved', output: { pages: 5 }, steps: [{ attempts: 2 }] });
    expect(second.errors.map(({ code }) => code)).toEqual(['jam']);
  });

  test('one that dies while it asks costs that attempt, and is noticed as ever', async () => {
    const worker = await start();
    const key = fresh('book');
    let asked = false;
    service.meets(key, () => {
      asked = true;
    });
    const handle = await bench.start(rendered, { key }, taskQueue);
    await expect.poll(() => asked, { timeout: 60_000 }).toBe(true);
    await worker.end('SIGKILL');
    await start();
    expect(await tell(await service.callback(key), { output: { pages: 2 } })).toMatchObject({ status: 204 });
    const { run, errors } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'achieved', steps: [{ attempts: 2 }] });
    expect(errors.map(({ code }) => code)).toEqual(['worker_lost']);
  });
});
