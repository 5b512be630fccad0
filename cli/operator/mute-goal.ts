import { Argument, type Command, Option } from 'commander';
import type { Mute } from '../../goals/wire/alerts.ts';
import { completedBy } from './completed-by.ts';
import { type ActOptions, acting, actOf, operatorCommand } from './operator-command.ts';
import { type Line, painted } from './painted.ts';
import type { Screen } from './screen.ts';
import { momentOf } from './times.ts';

const muteLines = ({ goal, until, pending }: Mute & { pending?: string }): Line[] => [
  [painted('strong')(goal), ` is muted until ${momentOf(until)}`],
  ...(pending === undefined ? [] : [painted('quiet')(pending)]),
];

const mutedGoal = (): Argument => completedBy('goals', new Argument('<goal>', 'name of the goal'));

/** `goalkeeper goals mute GOAL --for 8h`. */
export const muteGoalCommand = (screen: Screen): Command =>
  acting(
    operatorCommand<ActOptions & { for: string }>(screen, 'mute', async (at, [goal = ''], options) => {
      at.show(await at.client.goal(goal).mute({ ...actOf(at, options), for: options.for }), muteLines);
      return 'done';
    }),
  )
    .summary('send no alert about a goal for a while')
    .addArgument(mutedGoal())
    .addOption(new Option('--for <span>', 'how long, such as 8h').makeOptionMandatory());

/** `goalkeeper goals unmute GOAL`. */
export const unmuteGoalCommand = (screen: Screen): Command =>
  acting(
    operatorCommand<ActOptions>(screen, 'unmute', async (at, [goal = ''], options) => {
      at.show(await at.client.goal(goal).unmute(actOf(at, options)), (shown) => [
        [painted('strong')(shown.goal), ' is not muted'],
      ]);
      return 'done';
    }),
  )
    .summary('send alerts about a goal again')
    .addArgument(mutedGoal());
