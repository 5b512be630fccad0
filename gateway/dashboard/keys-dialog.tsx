/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The keys of the pages, as a dialog that `?` opens.

const KEYS = [
  [['/'], 'find a goal or run'],
  [['g', 'a'], 'Attention; g then g, r, e, t or o: Goals, Runs, Errors, Times, Operations'],
  [['j'], 'next row; k: the one before'],
  [['Enter'], 'open the row'],
  [['x'], 'unfold, or fold'],
  [['.'], 'to the actions'],
  [['c'], 'copy the ID, or the link of the row'],
  [['y'], 'show the form as curl'],
  [['u'], 'times of UTC, or of your zone'],
  [['n'], 'show the changes that are held back'],
  [['p'], 'pause the page, or go on'],
  [['Esc'], 'close, or leave a field'],
] as const;

export const KeysDialog = () => (
  <dialog id="keys" aria-labelledby="keys-title">
    <h2 id="keys-title">Keys</h2>
    <dl class="pairs">
      {KEYS.map(([pressed, words]) => (
        <>
          <dt>
            {pressed.map((key) => (
              <kbd>{key}</kbd>
            ))}
          </dt>
          <dd>{words}</dd>
        </>
      ))}
    </dl>
    <form method="dialog">
      <label class="check">
        <input type="checkbox" id="keys-off" />
        Switch single keys off
      </label>
      <button class="b" type="submit">
        Close
      </button>
    </form>
  </dialog>
);
