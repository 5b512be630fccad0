// Serves a table of routes: each of its methods, 405 for the others, and no problem that a row does not declare.

import type { Context, Handler, Hono, MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import { answerMisfit } from './answer-misfit.ts';
import { Problem } from './problems.ts';
import { limitBody } from './read-body.ts';
import { type Caller, problemsOf, type Route, type RouteFacts } from './route.ts';

/** Who is let in, and what the handler of the route then has. */
export interface Admitted<Deps> {
  caller: Caller;
  deps: Deps;
  /** What every answer to the request says beside. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** Lets a request in to a route; throws a `Problem` where it may not. */
export type Admit<Deps> = (c: Context, route: RouteFacts) => Promise<Admitted<Deps>>;

/** Sees what is asked, and what came of it. */
export interface Witness<Deps> {
  /** It may refuse, by throwing a `Problem`: then nothing is done. Resolves with what is to hear when it was answered. */
  admitted(c: Context, route: RouteFacts, admitted: Admitted<Deps>): Promise<() => void>;
  refused(c: Context, route: RouteFacts, problem: Problem): void;
}

/** Where something is that is asked for by an old address; null where it is not known to have another. */
type Moved<Deps> = (c: Context, route: RouteFacts, deps: Deps, error: unknown) => Promise<string | null>;

export interface Serving<Deps> {
  /** Null: nobody looks. */
  witness: Witness<Deps> | null;
  /** Asked before the route answers, with null, and with what it has thrown. Default: nothing has another address. */
  moved?: Moved<Deps>;
  /** The problem that an error is for whoever asked; null when it is a bug. */
  problemIn(error: unknown): Problem | null;
  /** Whether a problem or an answer that its row does not declare is refused, as where we develop; else a problem is only logged. */
  refuseUndeclared: boolean;
  log: Logger;
}

export function serveRoutes<Deps>(
  app: Hono,
  routes: readonly Route<Deps>[],
  admit: Admit<Deps>,
  { problemIn, refuseUndeclared, witness, log, moved = async () => null }: Serving<Deps>,
): void {
  const paths = new Set(routes.map(({ path }) => path));
  for (const path of [...paths].sort(literalsFirst)) {
    const ofPath = routes.filter((route) => route.path === path);
    for (const route of ofPath) {
      const admitted = new WeakMap<Context, Admitted<Deps>>();
      // Nothing is read of a request that may not be made.
      const admitFirst: MiddlewareHandler = async (c, next) => {
        const one = await admit(c, route).catch((error: unknown) => {
          const problem = problemIn(error);
          if (problem !== null) witness?.refused(c, route, problem);
          throw error;
        });
        admitted.set(c, one);
        const answered = await witness?.admitted(c, route, one);
        await next();
        answered?.();
        for (const [name, value] of Object.entries(one.headers ?? {})) c.res.headers.set(name, value);
      };
      const answer: Handler = async (c) => {
        const { deps, caller } = admitted.get(c) ?? (await admit(c, route));
        try {
          const before = await moved(c, route, deps, null);
          if (before !== null) return c.redirect(before, 308);
          const response = await route.answer(c, deps, caller);
          const misfit = refuseUndeclared ? await answerMisfit(route, response) : null;
          if (misfit === null) return response;
          throw new Problem('internal', `${route.method} ${path} ${misfit}`);
        } catch (error) {
          const to = await moved(c, route, deps, error);
          if (to !== null) return c.redirect(to, 308);
          const problem = problemIn(error);
          if (problem === null || problemsOf(route).includes(problem.code)) throw error;
          const name = `${route.method} ${path}`;
          log.error(
            { route: name, code: problem.code },
            'a route answers a problem that it does not declare',
          );
          if (!refuseUndeclared) throw error;
          throw new Problem('internal', `${name} does not declare '${problem.code}': ${problem.message}`);
        }
      };
      if (route.method === 'GET') app.get(path, admitFirst, answer);
      else app.on(route.method, path, admitFirst, limitBody, answer);
    }
    const methods = new Set(ofPath.map(({ method }) => method));
    const allow = [
      methods.has('GET') && 'GET, HEAD',
      methods.has('POST') && 'POST',
      methods.has('DELETE') && 'DELETE',
    ]
      .filter(Boolean)
      .join(', ');
    app.all(path, () => {
      throw new Problem('method_not_allowed', `This route takes ${allow}.`, { headers: { allow } });
    });
  }
}

/** hono serves the first path that fits: `/runs/events` must come before `/runs/:id`. */
function literalsFirst(one: string, other: string): number {
  const [ones, others] = [one.split('/'), other.split('/')];
  for (const [i, part] of ones.entries()) {
    const against = others[i];
    if (against === undefined || part === against) continue;
    if (part.startsWith(':') !== against.startsWith(':')) return part.startsWith(':') ? 1 : -1;
    return part < against ? -1 : 1;
  }
  return ones.length - others.length;
}
