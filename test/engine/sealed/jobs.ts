import { permanent } from 'goalkeeper';
import { bind } from 'goalkeeper/worker';
import { bill, look, refuse } from './goals.ts';

export const jobs = [
  bind(look, async ({ customer }, { attempt, progress, checkpoint }) => {
    progress(1, 2, `looking for ${customer}`);
    await checkpoint({ customer });
    console.log('printed of one');
    if (attempt === 1) throw new Error(`no answer for ${customer}`);
    // More than a history takes.
    return { customer, padding: customer.repeat(40_000) };
  }),
  bind(bill, async ({ customer }, { log, artifact }) => {
    artifact.table(`of ${customer}`, [{ customer }]);
    log.info('one is billed');
    return { customer };
  }),
  bind(refuse, async ({ customer }) => {
    throw permanent(`${customer} may not be billed`, { code: 'not_billed', details: { customer } });
  }),
];
