// A route as data: what it takes, what it answers, who may ask. The reference of the API, its checks and its answer 405
// are made from the rows, so that a row cannot say one thing and its handler do another.

import type { Context } from 'hono';
import type { z } from 'zod';
import type { ProblemCode } from '../../goals/wire/problem-codes.ts';
import { readBody } from './read-body.ts';
import { noQuerySchema, readQuery } from './read-query.ts';
import { IDEMPOTENCY_KEY } from './request-fields.ts';

/**
 * Who may ask: an operator may do what a viewer may; an approver decides what runs ask of people; an admin may do everything.
 * `open` is for everybody: it tells nothing of a team, or has a signature of its own.
 */
export const roles = ['viewer', 'operator', 'approver', 'admin', 'open'] as const;
export type Role = (typeof roles)[number];

/** The request headers that routes take: what each is for, and what it must be. */
export const routeHeaders = {
  prefer: { description: '`Prefer: wait=10` waits for the outcome, up to 60 seconds', pattern: null },
  'idempotency-key': {
    description: 'makes a request safe to repeat: the repeat starts nothing and gets the same answer',
    pattern: IDEMPOTENCY_KEY,
  },
  'last-event-id': {
    description: 'the ID of the last event that came: the stream goes on from there',
    pattern: null,
  },
} as const;
export type RouteHeader = keyof typeof routeHeaders;

/** An answer: its description is without a full stop. JSON has a schema, and `null` is no body at all. */
export type RouteAnswer =
  | { description: string; schema: z.ZodType; mediaType?: never }
  | { description: string; mediaType: string | null; schema?: never };

/** A body in JSON, which the table reads. */
interface JsonBody<Body> {
  schema: z.ZodType<Body>;
  /** No body at all counts as `{}`. */
  optional?: true;
}

/** A body that the handler reads by itself. */
interface OwnBody {
  mediaTypes: readonly string[];
  description: string;
  /** What it is like, by media type. */
  like?: Readonly<Record<string, z.ZodType>>;
}

type ParamNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What each parameter of the path is. */
type RouteParams<Path extends string> = [ParamNames<Path>] extends [never]
  ? { params?: never }
  : { params: { readonly [name in ParamNames<Path>]: string } };

/** Who asks, as far as a route needs to know. */
export interface Caller {
  /** Null where nobody knows: then the request says `by` itself. */
  name: string | null;
  /** Whether the name is known by credentials. */
  verified: boolean;
}

/** A request that the table has checked. */
export interface RouteRequest<Path extends string, Query, Body> {
  params: { readonly [name in ParamNames<Path>]: string };
  query: Query;
  /** Its `by` is the caller, where that is known. */
  body: Body;
  caller: Caller;
  c: Context;
}

/** What is known of a route without its handler. Whatever a row leaves out is empty here. */
export interface RouteFacts {
  method: 'GET' | 'POST' | 'DELETE';
  /** As hono writes it: `/runs/:id`. */
  path: string;
  role: Role;
  /** One sentence. */
  summary: string;
  params: Readonly<Record<string, string>>;
  /** `ignored`: it takes any, and reads none. */
  query: z.ZodType | 'ignored';
  headers: readonly RouteHeader[];
  body: JsonBody<unknown> | OwnBody | null;
  answers: Readonly<Record<number, RouteAnswer>>;
  /** Of its own, beside those that `impliedProblems` has. */
  problems: readonly ProblemCode[];
}

export interface Route<Deps> extends RouteFacts {
  /** Checks the request and hands it to the handler. Throws a `Problem`. */
  answer(c: Context, deps: Deps, caller: Caller): Promise<Response>;
}

/** A row as its file writes it. */
export type RouteRow<Deps, Path extends string, Query, Body> = Pick<
  RouteFacts,
  'method' | 'role' | 'summary' | 'answers'
> & {
  path: Path;
  /** A strict object. Default: no parameter is taken. */
  query?: z.ZodType<Query> | 'ignored';
  headers?: readonly RouteHeader[];
  body?: JsonBody<Body> | OwnBody;
  problems?: readonly ProblemCode[];
  /** Answers a request that fits the row. Throws a `Problem` that the row declares. */
  handle(request: RouteRequest<Path, Query, Body>, deps: Deps): Response | Promise<Response>;
} & RouteParams<Path>;

/**
 * Makes routes whose handlers get `Deps`.
 *
 * @example
 * const route = routeWith<{ greeting: string }>();
 * export const greet = route({
 *   method: 'GET',
 *   path: '/greetings/:name',
 *   role: 'viewer',
 *   summary: 'Greets somebody.',
 *   params: { name: 'who is greeted' },
 *   answers: { 200: { description: 'the greeting', mediaType: 'text/plain' } },
 *   handle: ({ params, c }, { greeting }) => c.text(`${greeting}, ${params.name}`),
 * });
 */
export const routeWith =
  <Deps>() =>
  <const Path extends string, Query = object, Body = undefined>(
    row: RouteRow<Deps, Path, Query, Body>,
  ): Route<Deps> => {
    const { handle, ...facts } = row;
    const query = row.query ?? (noQuerySchema as unknown as z.ZodType<Query>);
    const { body } = row;
    return {
      ...facts,
      ...{ query, body: body ?? null, params: row.params ?? {} },
      ...{ headers: row.headers ?? [], problems: row.problems ?? [] },
      async answer(c, deps, caller) {
        return handle(
          {
            params: c.req.param() as RouteRequest<Path, Query, Body>['params'],
            query: query === 'ignored' ? ({} as Query) : readQuery(c, query),
            body: (body !== undefined && 'schema' in body
              ? await readBody(c, body.schema, { optional: body.optional === true, by: caller.name })
              : undefined) as Body,
            caller,
            c,
          },
          deps,
        );
      },
    };
  };

/** Problems that a route answers by what it is, without its row saying so. */
export function impliedProblems({ method, role, query, body }: RouteFacts): ProblemCode[] {
  const ofBody: ProblemCode[] = ['media_type_unsupported', 'json_malformed', 'body_invalid'];
  return [
    'host_forbidden',
    ...(role === 'open'
      ? []
      : ([
          'credentials_missing',
          'credentials_invalid',
          'issuer_unavailable',
          'role_missing',
          'rate_limited',
        ] as const)),
    ...(query === 'ignored' ? [] : (['query_invalid'] as const)),
    ...(method !== 'GET' ? (['cross_site', 'body_too_large', 'sealing_unavailable'] as const) : []),
    ...(body === null ? [] : ofBody),
    ...(body !== null && 'schema' in body ? (['actor_differs'] as const) : []),
    'internal',
    'temporal_unavailable',
  ];
}

/** Every problem that a route may answer. */
export const problemsOf = (route: RouteFacts): ProblemCode[] => [
  ...impliedProblems(route),
  ...route.problems,
];

/** Whether requests of the route may be sent on, as its path names a goal, a run or a schedule of a goal, which may have another name now. */
export const mayMove = ({ path }: Pick<RouteFacts, 'path'>): boolean =>
  /\/:goal\b/.test(path) || /^\/(runs|schedules)\/:id\b/.test(path);
