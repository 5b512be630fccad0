// An action as a command, with the token by the name of its variable.

/** A text as one word of a shell, whatever it holds. */
const asWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export interface CurlOf {
  /** The address of the gateway as the reader has it. */
  origin: string;
  path: string;
  body: object;
  headers: Readonly<Record<string, string>>;
  /** Whether the gateway knows who asks, and so wants a token. */
  needsToken: boolean;
}

export const curlOf = ({ origin, path, body, headers, needsToken }: CurlOf): string =>
  [
    `curl -X POST ${asWord(origin + path)}`,
    ...(needsToken ? ['-H "authorization: Bearer $GOALKEEPER_TOKEN"'] : []),
    ...Object.entries({ ...headers, 'content-type': 'application/json' }).map(
      ([name, value]) => `-H ${asWord(`${name}: ${value}`)}`,
    ),
    `-d ${asWord(JSON.stringify(body))}`,
  ].join(' \\\n  ');
