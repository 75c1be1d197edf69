import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import {
  environmentName,
  oneOf,
  resolveSettings,
  text,
  texts,
  toggle,
  wholeNumber,
} from '../../../src/core/settings/index.ts';

const definitions = {
  data: text({ summary: 'folder', placeholder: 'FOLDER', fallback: '.podiam' }),
  port: wholeNumber({ summary: 'port', placeholder: 'N', least: 0, most: 65_535, fallback: 8480 }),
  once: toggle({ summary: 'end after the story' }),
  alg: oneOf({ summary: 'algorithm', choices: ['rs256', 'es256'], fallback: 'rs256' }),
  file: texts({ summary: 'manifests', placeholder: 'FILE' }),
};
const none = { flags: {}, environment: {}, file: {} };

describe('precedence: flag, environment, another program’s variable, file, profile, default', () => {
  const sources = {
    flags: { port: '1' },
    environment: { PODIAM_PORT: '2', PORT: '4' },
    variables: { port: 'PORT' },
    file: { port: 3 },
    profile: { port: 5 },
  };
  test.each([
    ['flag', sources, 1],
    ['environment', { ...sources, flags: {} }, 2],
    ['environment', { ...sources, flags: {}, environment: { PODIAM_PORT: '', PORT: '4' } }, 4],
    ['environment', { ...sources, flags: {}, environment: { PORT: '4' } }, 4],
    ['file', { ...sources, flags: {}, environment: { PODIAM_PORT: '', PORT: '' } }, 3],
    ['file', { ...sources, flags: {}, environment: { PORT: '4' }, variables: {} }, 3],
    ['profile', { ...sources, flags: {}, environment: {}, file: {} }, 5],
    ['default', none, 8480],
  ] as const)('%s', (origin, given, port) => {
    const resolved = resolveSettings(definitions, given);
    if (resolved instanceof Refusal) throw new Error(resolved.explain());
    expect(resolved.values.port).toBe(port);
    expect(resolved.origins.get('port')).toBe(origin);
  });
});

test('each kind reads what flags, variables and files have', () => {
  const resolved = resolveSettings(definitions, {
    flags: { file: ['a', 'b'], once: true },
    environment: { PODIAM_ALG: 'es256' },
    file: { data: '/x' },
  });
  if (resolved instanceof Refusal) throw new Error(resolved.explain());
  expect(resolved.values).toEqual({ data: '/x', port: 8480, once: true, alg: 'es256', file: ['a', 'b'] });
});

describe('what is wrong is named where it was given, with the remedy', () => {
  test.each([
    [{ flags: { port: '70000' } }, '--port is ‘70000’, which is no whole number from 0 to 65535.'],
    [{ flags: { port: '1e3' } }, '--port is ‘1e3’, which is no whole number from 0 to 65535.'],
    [{ environment: { ONE: 'maybe' }, variables: { once: 'ONE' } }, 'ONE is ‘maybe’, which is neither true nor false.'],
    [{ environment: { PODIAM_ONCE: 'maybe' } }, 'PODIAM_ONCE is ‘maybe’, which is neither true nor false.'],
    [{ file: { alg: 'none' } }, 'alg (configuration file) is ‘none’, which is none of rs256, es256.'],
    [{ file: { port: { a: 1 } } }, 'port (configuration file) is ‘{"a":1}’, which is no whole number from 0 to 65535.'],
    [{ file: { alg: null } }, 'alg (configuration file) is ‘null’, which is none of rs256, es256.'],
    [
      { file: { port: 'x'.repeat(50).split('') } },
      `port (configuration file) is ‘[${'"x",'.repeat(19)}"x"…’, which is no whole number from 0 to 65535.`,
    ],
    [{ file: { prot: 1 } }, 'The configuration file has a member prot, which is no setting of this command.'],
  ] as const)('%j', (given, sentence) => {
    const refused = resolveSettings(definitions, { ...none, ...given });
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused instanceof Refusal && refused.sentence).toBe(sentence);
  });

  test('a misspelt member gets a suggestion', () => {
    const refused = resolveSettings(definitions, { ...none, file: { prot: 1 } });
    expect(refused instanceof Refusal && refused.remedy).toBe('Did you mean port?');
  });
});

test('variables that Kubernetes injects for a Service named podiam are not taken for settings', () => {
  expect(
    resolveSettings(definitions, { ...none, environment: { PODIAM_SERVICE_HOST: '10.0.0.1' } }),
  ).not.toBeInstanceOf(Refusal);
  expect(environmentName('token-audience')).toBe('PODIAM_TOKEN_AUDIENCE');
});
