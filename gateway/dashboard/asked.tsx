/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// What a run asks of people, as its code shows it: the page adds no words of its own.

import type { Step } from '../../goals/wire/run-view.ts';
import { Json, Quoted, visible, WhenExactly } from './text.tsx';
import type { PageClock } from './times.ts';

/** What a person is shown: a text is the question, an object a table of its fields. */
function Shown({ value }: { value: unknown }) {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string')
    return (
      <p class="say" dir="auto">
        <Quoted text={value} />
      </p>
    );
  if (typeof value !== 'object' || Array.isArray(value)) return <Json value={value} />;
  return (
    <dl class="pairs">
      {Object.entries(value)
        .slice(0, 40)
        .map(([name, of]) => (
          <>
            <dt>
              <Quoted text={name} limit={100} />
            </dt>
            <dd>
              <Quoted text={typeof of === 'string' ? of : JSON.stringify(of)} limit={500} />
            </dd>
          </>
        ))}
    </dl>
  );
}

/** The question of a step. */
export const Asked = ({ step }: { step: Step }) => (
  <>
    <h2>
      <bdi>{visible(step.name)}</bdi>
      <span class="n">{step.kind === 'ask' ? 'is to be answered' : 'is to be decided'}</span>
    </h2>
    <Shown value={step.asked?.show} />
  </>
);

/** Who decides, until when, and what silence counts as. */
export function Deciding({ step, clock }: { step: Step; clock: PageClock }) {
  const { asked } = step;
  if (asked === undefined) return null;
  const approved = asked.approvals?.length ?? 0;
  const silence = asked.expires?.consequence === 'approve' ? 'approved' : 'rejected';
  return (
    <div class="facts">
      <span>by {asked.by.length === 0 ? 'whoever may act on the run' : visible(asked.by.join(', '))}</span>
      {asked.count === undefined ? null : (
        <span>
          {approved} of {asked.count} have approved
        </span>
      )}
      <span>
        waits since <WhenExactly at={step.startedAt} clock={clock} />
      </span>
      <span>
        {asked.expires === null ? (
          'no time limit of its own'
        ) : (
          <>
            counts as {silence} <WhenExactly at={asked.expires.at} clock={clock} />
          </>
        )}
      </span>
    </div>
  );
}
