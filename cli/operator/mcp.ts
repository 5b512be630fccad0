import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { type AddressOptions, gatewayOf } from './profiles.ts';
import type { Screen } from './screen.ts';

const LIMIT_MS = 60_000;

/** A message of the protocol, as far as its headers need it. */
interface Message {
  id?: string | number;
  method?: string;
  params?: { name?: string; uri?: string; _meta?: Record<string, unknown> };
  result?: { protocolVersion?: string };
}

const VERSION_IN_META = 'io.modelcontextprotocol/protocolVersion';

/**
 * `goalkeeper mcp`: a bridge for assistants that start a program and talk to its standard streams, a message a line. Exit code 0 when
 * the assistant is done.
 */
export const mcpCommand = (screen: Screen): Command =>
  new Command('mcp')
    .summary('let an assistant on this machine ask the gateway, over standard input and output')
    .description(
      'Hands messages of the Model Context Protocol to the gateway, with the token of the profile, and its answers back.\n' +
        'An assistant starts it; docs/guide/assistants.md says how.',
    )
    .optionsGroup('Gateway:')
    .option('--url <url>', 'of the gateway (default: GOALKEEPER_URL, the profile, http://127.0.0.1:3000)')
    .option('--token-file <file>', 'file that holds the token (default: GOALKEEPER_TOKEN_FILE)')
    .option('--profile <name>', 'of `goalkeeper profiles` (default: GOALKEEPER_PROFILE, or the one in use)')
    .action(async (options: AddressOptions) => {
      const { url, token } = gatewayOf(options, screen.environment);
      const under = new Set<Promise<void>>();
      // What a client negotiated before there was a version in each message.
      let negotiated: string | undefined;
      for await (const line of createInterface({
        input: process.stdin,
        crlfDelay: Number.POSITIVE_INFINITY,
      })) {
        if (line.trim() === '') continue;
        const handed = handOn(line).then((answer) => {
          if (answer === null) return;
          negotiated = messageIn(answer).result?.protocolVersion ?? negotiated;
          process.stdout.write(`${answer}\n`);
        });
        under.add(handed);
        void handed.finally(() => under.delete(handed));
      }
      await Promise.all(under);
      screen.exit(0);

      async function handOn(text: string): Promise<string | null> {
        const message = messageIn(text);
        try {
          const response = await fetch(new URL('/mcp', url), {
            method: 'POST',
            headers: headersOf(message, negotiated, token),
            body: text,
            signal: AbortSignal.timeout(LIMIT_MS),
          });
          const body = (await response.text()).replaceAll('\n', ' ');
          if (response.ok || 'jsonrpc' in messageIn(body)) return body === '' ? null : body;
          return refusal(message, `the gateway answered ${response.status}: ${body.slice(0, 500)}`);
        } catch (error) {
          return refusal(message, `the gateway at ${url} does not answer: ${(error as Error).message}`);
        }
      }
    });

function messageIn(text: string): Message {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null ? message : {};
  } catch {
    return {};
  }
}

/** What the protocol wants beside a message over HTTP. */
function headersOf({ method, params }: Message, negotiated: string | undefined, token: string | undefined) {
  const version = params?._meta?.[VERSION_IN_META] ?? negotiated;
  const name = params?.name ?? params?.uri;
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(typeof version === 'string' ? { 'mcp-protocol-version': version } : {}),
    ...(method === undefined ? {} : { 'mcp-method': method }),
    ...(name === undefined ? {} : { 'mcp-name': name }),
  };
}

/** An answer of ours, where there is none of the gateway; a notification wants none. */
const refusal = ({ id }: Message, message: string): string | null =>
  id === undefined ? null : JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_000, message } });
