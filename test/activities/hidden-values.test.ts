import { expect, test } from 'vitest';
import { classify } from '../../activities/attempts/classify.ts';
import { readSecrets, refuseSecrets } from '../../activities/attempts/secrets.ts';
import { formsOf, hide, hideSecrets, knowSecret } from '../../activities/hidden-values.ts';
import { redact, redactedLine } from '../../activities/redact.ts';
import { transient } from '../../goals/index.ts';
import { DEFAULT_RETRY } from '../../goals/policy.ts';

const ODD = 'wombat-Zq81/kk+ "x"ö end';
const PLAIN = 'Pl41nTokenValueX93';
knowSecret('ODD', ODD);
knowSecret('PLAIN', PLAIN);
knowSecret('NUMBER', '84736251');

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each(['', 'u', 'us', 'user', 'users'])("it is hidden in HTTP's Basic, of the user '%s'", (user) => {
  const sent = base64(`${user}:${PLAIN}`);
  // All of it but what the texts around it decide, too.
  expect(redact(`sent Basic ${sent}`)).not.toContain(sent.slice(8, -4));
});

const strict = encodeURIComponent(ODD);
test.each([
  ['in a query', new URLSearchParams({ q: ODD }).toString()],
  ['in a URL', `q=${encodeURI(ODD)}`],
  ['by Python', `q=${strict.replaceAll('%2F', '/')}`],
  ['with small digits', `q=${strict.replace(/%../g, (digits) => digits.toLowerCase())}`],
  ['in JSON in JSON', JSON.stringify({ body: JSON.stringify({ odd: ODD }) })],
  ['in JSON of ASCII', JSON.stringify(ODD).replaceAll('ö', '\\u00f6')],
])('it is hidden as it is written %s', (_, text) => {
  expect(redact(text)).not.toContain('wombat');
  expect(redact(text)).toContain('<redacted>');
});

test.each(['\u001b[31m', '\u0000'])(
  'it is hidden when it is torn apart by %j, which is taken out',
  (torn) => {
    expect(redact(`it is Pl41nToken${torn}ValueX93.`)).toBe('it is <redacted>.');
  },
);

test('it is hidden in the details of an error, where they hold JSON as a text', () => {
  const error = transient('no', { details: { sent: JSON.stringify({ odd: ODD }) } });
  expect(JSON.stringify(classify(error, DEFAULT_RETRY))).not.toContain('wombat');
});

test('in the log it is no name and no number; a number that it is part of stays', () => {
  const line = JSON.stringify({ time: 1847362510, [PLAIN]: { pin: 84736251 } });
  expect(JSON.parse(redactedLine(line))).toEqual({ time: 1847362510, '<redacted>': { pin: '<redacted>' } });
});

test('of a huge text only the beginning is read, and no part of a secret is left where it ends', () => {
  const secret = `${PLAIN} `;
  for (const text of [secret.repeat(400_000), `${'x'.repeat(63_990)}${secret.repeat(3)}${'y'.repeat(1e6)}`]) {
    const shown = hideSecrets(text);
    expect(shown.length).toBeLessThan(70_000);
    expect(shown).not.toContain('Pl41n');
    expect(shown).toMatch(new RegExp(`… \\(${text.length} characters\\)$`));
  }
});

test('each line of a secret is hidden; an output is refused for one that looks like a key, not for what any text may hold', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUaQ\n-----END CERTIFICATE-----';
  const file = 'apiVersion: v1\nkind: Config\nclusters:\n- name: x\n';
  expect(() => refuseSecrets('output', { line: 'MIIBszCCAVmgAwIBAgIUaQ' }, { PEM: pem })).toThrow(/PEM/);
  expect(() => refuseSecrets('output', { file }, { FILE: file })).toThrow(/FILE/);
  const others = [
    '-----BEGIN CERTIFICATE-----\nQUJDREVG\n-----END CERTIFICATE-----',
    'kind: Config',
    'clusters:',
  ];
  for (const text of others)
    expect(() => refuseSecrets('output', { text }, { PEM: pem, FILE: file })).not.toThrow();
  expect(hide('a URL with %7D%2C', formsOf(['{\n"a": 1\n},\n']))).toBe('a URL with %7D%2C');
  expect(hide('tail: - name: x', formsOf([file]))).toBe('tail: <redacted>');
});

test('a secret of spaces is none; one that cannot be read for a moment is tried again', () => {
  const fault = (environment: Record<string, string>): unknown => {
    try {
      return readSecrets(['IT'], environment);
    } catch (error) {
      return error;
    }
  };
  expect(fault({ IT: '        ' })).toMatchObject({ fault: { code: 'secret_missing' } });
  expect(fault({ IT_FILE: '/nowhere/at/all' })).toMatchObject({
    fault: { code: 'secret_missing', class: 'infrastructure', permanent: false },
  });
});
