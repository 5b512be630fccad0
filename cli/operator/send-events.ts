import { Argument, Command } from 'commander';
import type { AnswerPage } from '../../client/index.ts';
import type { Delivered, Effect } from '../../goals/wire/answers.ts';
import { type CloudEvent, cloudEventSchema } from '../../goals/wire/events.ts';
import { CommandProblem } from './command-problem.ts';
import { operatorCommand } from './operator-command.ts';
import { type Line, painted } from './painted.ts';
import type { Screen } from './screen.ts';
import { textOfFile } from './text-of-file.ts';
import { jsonInput } from './typed-input.ts';

interface Options {
  type?: string;
  source?: string;
  id?: string;
  subject?: string;
  data?: string;
}

/** `goalkeeper events send event.json`, or `… --type … --source … --data …`. */
export const eventsCommand = (screen: Screen): Command =>
  new Command('events').summary('send events').addCommand(
    operatorCommand<Options>(screen, 'send', async (at, [file], options) => {
      const events = eventsOf(await givenEvents(screen, file, options));
      const answer = await at.client.events.send(events);
      at.show(answer, deliveredLines);
      const isRefused = answer.items.some(({ goals }) => goals.some(({ how }) => how === 'refused'));
      return isRefused ? 'refused' : 'done';
    })
      .summary('send CloudEvents, which start the goals that mean them')
      .description(
        'Sends CloudEvents 1.0 in their JSON form: one, or a list of up to 1000, from a file or the standard input (-); or one\n' +
          'that the options make. An event that is sent again with its source and ID starts nothing again.',
      )
      .addArgument(new Argument('[file]', 'file that holds them; - reads the standard input'))
      .option('--type <type>', 'of the event, such as shop.order.paid')
      .option('--source <source>', 'of the event, such as /shop')
      .option('--id <id>', 'of the event (default: a new one)')
      .option('--subject <subject>', 'of the event')
      .option('--data <json>', 'of the event'),
  );

async function givenEvents(screen: Screen, file: string | undefined, options: Options): Promise<unknown> {
  const { type, source, id = crypto.randomUUID(), subject, data } = options;
  const isMade = type !== undefined && source !== undefined;
  const hasOptions = [type, source, options.id, subject, data].some((one) => one !== undefined);
  if (file === undefined ? !isMade : hasOptions)
    throw new CommandProblem('event_incomplete', 'Give a file, or both --type and --source.');
  if (file === undefined)
    return {
      ...{ specversion: '1.0', id, type, source },
      ...(subject === undefined ? {} : { subject }),
      ...(data === undefined ? {} : { data: jsonInput(data, 'the data') }),
    };
  return file === '-'
    ? jsonInput(await screen.readInput(), 'the standard input')
    : jsonInput(textOfFile(file), file);
}

function eventsOf(given: unknown): CloudEvent | CloudEvent[] {
  const found = Array.isArray(given)
    ? cloudEventSchema.array().safeParse(given)
    : cloudEventSchema.safeParse(given);
  if (found.success) return found.data;
  throw new CommandProblem('event_invalid', 'It is not a CloudEvent 1.0.', {
    errors: found.error.issues.map(({ path, message }) => ({ path: path.join('.') || 'event', message })),
  });
}

const deliveredLines = ({ items }: AnswerPage<Delivered>): Line[] =>
  items.flatMap(({ id, type, goals }) => [
    [painted('strong')(id), `  ${type}`, painted('quiet')(goals.length === 0 ? '  no goal means it' : '')],
    ...goals.map(effectLine),
  ]);

function effectLine(effect: Effect): Line {
  if (effect.how === 'refused')
    return [painted('bad')('  refused'), `  ${effect.goal}: ${effect.code}: ${effect.message}`];
  return [
    `  ${effect.how}  `,
    effect.how === 'batched'
      ? `${effect.goal}, batch ${effect.batch}`
      : effect.how === 'held'
        ? `${effect.goal}, for a run that begins later`
        : effect.how === 'kept'
          ? `${effect.goal}, for the runs that wait for it`
          : effect.run,
  ];
}
