const LANES = 8;

/** What the work makes of each, in order: of several at once, as each asks Temporal. */
export async function inLanes<Of, To>(all: readonly Of[], work: (one: Of) => Promise<To>): Promise<To[]> {
  const done: To[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < all.length) {
      const at = next++;
      done[at] = await work(all[at] as Of);
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, all.length) }, lane));
  return done;
}
