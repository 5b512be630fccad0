// Tells a run as it goes, in a few lines, from what the gateway shows of it: each step, each error that heals, the
// outcome, and its first true cause when it is a failure.

import { spoken } from '../../goals/duration.ts';
import type { Run, RunError, Step } from '../../goals/wire/run-view.ts';
import type { Terminal } from './terminal.ts';

const LOOK_MS = 150;
const WIDTH = 26;

export interface GatewayReader {
  get<T>(path: string): Promise<T>;
}

/** Follows a run to its end. */
export async function followRun(
  gateway: GatewayReader,
  id: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Run> {
  const told = new Set<string>();
  for (;;) {
    signal.throwIfAborted();
    const path = `/runs/${encodeURIComponent(id)}`;
    // The run last: what closed it is then in what was read before it, or read once more.
    const { items } = await gateway.get<{ items: RunError[] }>(`${path}/errors`);
    const run = await gateway.get<Run>(path);
    const errors =
      run.outcome === null ? items : (await gateway.get<{ items: RunError[] }>(`${path}/errors`)).items;
    // Which of the errors of a step that has failed is the failure shows once the run is over.
    const failed = run.steps.filter(({ state }) => run.outcome === null && state === 'failed');
    for (const error of errors)
      if (!failed.some(({ path }) => path === error.step)) tellError(error, told, terminal);
    for (const step of run.steps) tellStep(step, told, terminal);
    if (run.outcome !== null) {
      tellOutcome(run, terminal);
      return run;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function tellError(error: RunError, told: Set<string>, terminal: Terminal): void {
  if (error.disposition === 'fatal' || told.has(error.id)) return;
  told.add(error.id);
  const what = `${error.code}: ${firstLine(error.message)}`;
  terminal.line(
    `    ${terminal.style('yellow', '~')} ${error.step.padEnd(WIDTH)} ${terminal.style('dim', `attempt ${error.attempt} · ${what}`)}`,
  );
}

function tellStep(step: Step, told: Set<string>, terminal: Terminal): void {
  if (step.closedAt === null || told.has(step.path)) return;
  told.add(step.path);
  const took = spoken(Date.parse(step.closedAt) - Date.parse(step.startedAt));
  const healed = step.errors.recovered;
  const held = step.kind === 'lease' ? terminal.style('dim', '  held until it is due') : '';
  const note = healed === 0 ? '' : terminal.style('yellow', `  ${count(healed, 'error')} healed`);
  const mark = step.state === 'succeeded' ? terminal.style('green', '✓') : terminal.style('red', '✗');
  terminal.line(`    ${mark} ${step.path.padEnd(WIDTH)} ${took.padStart(7)}${note}${held}`);
}

function tellOutcome(run: Run, terminal: Terminal): void {
  const took = spoken(Date.parse(run.closedAt ?? run.startedAt) - Date.parse(run.startedAt));
  if (run.outcome === 'achieved') {
    const { recovered, handled } = run.errors;
    const errors =
      recovered + handled === 0
        ? 'no errors'
        : `${count(recovered, 'error')} recovered${handled === 0 ? '' : `, ${handled} handled`}`;
    terminal.line(`  ${terminal.style(['bold', 'green'], 'ACHIEVED')} in ${took} · ${errors}`);
    for (const { name } of run.criteria) terminal.line(`    ${terminal.style('green', '✓')} ${name}`);
    return;
  }
  if (run.failure === null) {
    const { cutOff = 0 } = run.errors;
    const errors = cutOff === 0 ? '' : ` · ${count(cutOff, 'error')} cut off, which nothing came of`;
    terminal.line(`  ${terminal.style('bold', 'CANCELLED')} after ${took}${errors}`);
    return;
  }
  const { kind, code, message, path, cause } = run.failure;
  terminal.line(`  ${terminal.style(['bold', 'red'], 'FAILED')} after ${took} · ${kind} · ${code}`);
  terminal.line(`    ${firstLine(message)}`);
  for (const { name, met, message: found } of run.criteria)
    terminal.line(
      `    ${met ? terminal.style('green', '✓') : terminal.style('red', '✗')} ${name}${found === null ? '' : ` (${firstLine(found)})`}`,
    );
  if (cause !== null && cause.attempt !== null)
    terminal.line(
      `    ${terminal.style('dim', `first true cause: attempt ${cause.attempt} of ${path.join(' › ')}, a ${cause.class} error`)}`,
    );
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const firstLine = (text: string): string => {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
};
