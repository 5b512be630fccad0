// Server-sent events, as they come.

/** One event of a stream; whatever else comes, such as a comment, is one without a name. */
export interface ServerEvent {
  event: string;
  /** The last ID that came, with this event or before it; empty where none came. */
  id: string;
  data: string;
}

/**
 * The events of an answer. The gateway says something each 15 seconds: after `silenceMs` without a word it throws, as the
 * connection is dead.
 */
export async function* eventsOf(
  response: Response,
  silenceMs: number,
): AsyncGenerator<ServerEvent, void, undefined> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  let [rest, id, event, data] = ['', '', '', ''];
  try {
    for (;;) {
      const { done, value } = await within(silenceMs, reader.read());
      if (done) return;
      const lines = `${rest}${value}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.map((one) => one.replace(/\r$/, ''))) {
        const [, name = '', text = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
        if (name === 'id') id = text;
        else if (name === 'event') event = text;
        else if (name === 'data') data = data === '' ? text : `${data}\n${text}`;
        else if (line === '') {
          yield { event, id, data };
          [event, data] = ['', ''];
        }
      }
    }
  } finally {
    // Whoever stops early reads no further.
    await reader.cancel().catch(() => undefined);
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the stream fell silent')), ms);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}
