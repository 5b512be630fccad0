import { type Logger, pino } from 'pino';
import { redactedText } from '../goals/wire/text/redact.ts';

/** JSON lines on stdout, what looks like a secret replaced; `LOG_LEVEL` says from which level, default `info`. */
export const processLog = (name: string): Logger =>
  pino({ name, level: process.env.LOG_LEVEL ?? 'info', hooks: { streamWrite: redactedLine } });

function redactedLine(line: string): string {
  const whole: unknown = JSON.parse(line, (_name, value) =>
    typeof value === 'string' ? redactedText(value) : value,
  );
  return `${JSON.stringify(whole)}\n`;
}
