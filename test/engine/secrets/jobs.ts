import { bind, command } from 'goalkeeper/worker';
import { permanent, transient } from 'goalkeeper';
import { complain, giveUp, hoard, shout, spill, tangle } from './goals.ts';

export const jobs = [
  bind(complain, ({ held }, { attempt, secrets, log, progress }) => {
    const token = secrets.TEST_TOKEN ?? '';
    const other = secrets.TEST_FILE_TOKEN ?? '';
    log.warn({ token, nested: [{ other }] }, `about to complain of ${token} and ${other}`);
    progress(attempt, 6, `with ${token}`);
    switch (attempt) {
      case 1:
        throw new Error(`refused ${token}`, { cause: new Error(`as ${other} is wrong`) });
      case 2:
        throw transient(`base64 ${Buffer.from(token).toString('base64')}`, {
          code: 'refused',
          details: { header: token, list: [other] },
        });
      case 3:
        throw Object.assign(new Error(`url ?token=${encodeURIComponent(token)}&x=1`), {
          name: `Error${token}`,
        });
      case 4:
        throw Object.assign(new Error('by its code'), { code: token });
      case 5:
        throw { json: JSON.stringify({ other }) };
      default:
        return { told: held };
    }
  }),
  bind(
    shout,
    command({
      argv: [
        'sh',
        '-c',
        'cat > /dev/null; echo "I know $TEST_TOKEN" >&2; echo "and $TEST_FILE_TOKEN" >&2; touch "$HELD.begun"; while [ -e "$HELD" ]; do sleep 0.05; done; exit 3',
      ],
      env: { HELD: process.env.TEST_HELD ?? '' },
    }),
  ),
  bind(spill, (_, { secrets }) => ({ told: `it is ${secrets.TEST_TOKEN}` })),
  bind(tangle, () => Object.assign({ told: '' }, { count: 1n })),
  bind(hoard, async (_, { secrets, checkpoint }) => {
    await checkpoint({ kept: secrets.TEST_FILE_TOKEN });
    return { told: '' };
  }),
  bind(giveUp, (_, { secrets }) => {
    throw permanent(`no way with ${secrets.TEST_TOKEN}`, {
      code: 'no_way',
      details: { header: secrets.TEST_TOKEN, list: [secrets.TEST_FILE_TOKEN] },
    });
  }),
];
