// The catalogue as a caller has it: goals of other teams are not published.

import type { CataloguedGoal } from '../../goals/wire/answers.ts';
import type { TeamScope } from '../access/scope.ts';
import type { Catalogue } from './catalogue.ts';

export const scopedCatalogue = (catalogue: Catalogue, scope: TeamScope): Catalogue =>
  scope.teams === null
    ? catalogue
    : {
        all: async () => (await catalogue.all()).filter(({ team }) => scope.holds(team)),
        async find(goal): Promise<CataloguedGoal | null> {
          const found = await catalogue.find(goal);
          return found !== null && scope.admits(found.team) ? found : null;
        },
        forget: catalogue.forget,
      };
