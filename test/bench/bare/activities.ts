import { Context } from '@temporalio/activity';

export const step = async ({ n }: { n: number }) => ({ n: n + 1 });

export async function flaky({ n }: { n: number }) {
  if (Context.current().info.attempt <= 2) throw new Error('not yet');
  return { n: n + 1 };
}
