// SHA-256 (FIPS 180-4) in plain JavaScript: the workflow sandbox has no crypto, and a run's ID must come out
// the same there and in the gateway. Proven equal to node:crypto in test/goals/wire/text/sha256.test.ts.

const primes: number[] = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
const fraction = (x: number): number => Math.floor((x - Math.floor(x)) * 2 ** 32) | 0;
const INITIAL = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
const ROUND = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

/**
 * The UTF-8 bytes of a text, padded as SHA-256 wants them. A lone surrogate becomes U+FFFD, as in TextEncoder,
 * which is not used because not every place where this runs has one.
 */
function paddedUtf8(text: string): Uint8Array {
  // Three bytes a UTF-16 unit are the most there can be (a pair of units takes four); then a bit, zeros and the length.
  const bytes = new Uint8Array(text.length * 3 + 72);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.codePointAt(i) as number;
    if (code > 0xffff) i++;
    else if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) bytes[length++] = code;
    else {
      if (code < 0x800) bytes[length++] = 0xc0 | (code >> 6);
      else {
        if (code < 0x10000) bytes[length++] = 0xe0 | (code >> 12);
        else {
          bytes[length++] = 0xf0 | (code >> 18);
          bytes[length++] = 0x80 | ((code >> 12) & 63);
        }
        bytes[length++] = 0x80 | ((code >> 6) & 63);
      }
      bytes[length++] = 0x80 | (code & 63);
    }
  }
  bytes[length] = 0x80;
  const padded = Math.ceil((length + 9) / 64) * 64;
  // Six of the eight bytes: bit shifts end at 32 bits, and no text is that long.
  for (let i = 1, bits = length * 8; i <= 6; i++, bits = Math.floor(bits / 256))
    bytes[padded - i] = bits % 256;
  return bytes.subarray(0, padded);
}

/** Takes the block of 64 bytes at `offset` into `state`. `w` is only room to work in, made once a text. */
function compress(state: Int32Array, bytes: Uint8Array, offset: number, w: Int32Array): void {
  for (let i = 0; i < 16; i++) {
    const at = offset + i * 4;
    w[i] =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
  }
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15] as number;
    const y = w[i - 2] as number;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[i] = (w[i - 16] as number) + s0 + (w[i - 7] as number) + s1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND[i] as number) + (w[i] as number)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  for (const [i, x] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] as number) + x;
}

/** Lower-case hex digest (64 characters) of the text's UTF-8 bytes. */
export function sha256(text: string): string {
  const bytes = paddedUtf8(text);
  const state = Int32Array.from(INITIAL);
  const w = new Int32Array(64);
  for (let offset = 0; offset < bytes.length; offset += 64) compress(state, bytes, offset, w);
  return Array.from(state, (x) => (x >>> 0).toString(16).padStart(8, '0')).join('');
}
