import { fileURLToPath } from 'node:url';
import { bind, command } from 'goalkeeper/worker';
import { inline, item, program, quick, report } from './goals.ts';

const PROGRAM = `
from goalkeeper import JobError, artifact, job

def show(input, context):
    artifact.table("python rows", [{"region": "eu", "rows": 12}, {"region": "us", "rows": 3.5}])
    artifact.image("too large", "data:image/png;base64," + "A" * 70000)
    if context.attempt == 1:
        raise JobError("not yet", code="early")
    return input

job(show)
`;

export const jobs = [
  bind(report, ({ n }, { attempt, artifact }) => {
    artifact.table('counts', [{ n, attempt, token: 'token=abcdef123456' }]);
    if (attempt === 1) throw new Error('not yet');
    artifact.link('there', 'https://example.com/report');
    return { n };
  }),
  bind(
    program,
    command({
      argv: ['python3', '-c', PROGRAM],
      env: { PYTHONPATH: fileURLToPath(new URL('../../../program/python', import.meta.url)) },
    }),
  ),
  bind(quick, ({ n }, { artifact }) => {
    artifact.markdown('quick', `call ${n}`);
    return { n };
  }),
  bind(inline, ({ n }, { attempt, artifact }) => {
    artifact.markdown('inline', `attempt ${attempt}`);
    if (attempt === 1) throw new Error('not yet');
    return { n };
  }),
  bind(item, ({ n }, { artifact }) => {
    artifact.markdown('item', `item ${n}`);
    return { n };
  }),
];
