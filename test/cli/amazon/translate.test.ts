// pflag.json holds what the libraries of Amazon's webhook (pflag 1.0.10 with the flags of klog 2.140.0 and of its own)
// made of command lines: the flags that were set, or the error.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type AmazonFlag, amazonFlags } from '../../../src/cli/amazon/flags.ts';
import { readBoolean, readInteger, readMilliseconds } from '../../../src/cli/amazon/go-values.ts';
import { klogFlagNames } from '../../../src/cli/amazon/klog.ts';
import { standInForAmazon, withAmazonNames } from '../../../src/cli/amazon/translate.ts';
import type { Translation } from '../../../src/cli/translation.ts';
import { webhookSettings } from '../../../src/cli/webhook/settings.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';

const environment = {};

function standIn(...args: readonly string[]): Translation | Refusal {
  return standInForAmazon({ args, environment }, webhookSettings);
}

function accepted(translation: Translation | Refusal): Translation {
  if (translation instanceof Refusal) throw new Error(translation.explain());
  return translation;
}

const vectors = z
  .array(
    z.object({
      args: z.array(z.string()),
      set: z.record(z.string(), z.string()).optional(),
      error: z.string().optional(),
    }),
  )
  .parse(JSON.parse(readFileSync('test/cli/amazon/pflag.json', 'utf8')));

/** What Go's values mean here: our settings by name, the profile's, and what else is asked. */
function expected(set: Readonly<Record<string, string>>) {
  const settings: Record<string, string> = {};
  let tls: string | undefined;
  for (const { effect, kind, name } of amazonFlags) {
    const value = set[name] ?? '';
    if (value === '' || typeof effect === 'string') continue;
    const read = kind === 'duration' ? (readMilliseconds(value) ?? '') : value;
    if ('setting' in effect) settings[effect.setting] = effect.converted?.(read) ?? read;
    else if ('defaultOf' in effect) tls = effect.converted(read);
  }
  return { settings, tls, isDebug: Number(set['v'] ?? '0') >= 4, needsAccount: set['compose-role-arn'] === 'true' };
}

function said({ args, needs = [], profile = {} }: Translation) {
  const settings = Object.fromEntries(args.map((arg) => /^--([^=]+)=(.*)$/s.exec(arg)?.slice(1) ?? [arg, '']));
  return { settings, tls: profile['tls'], isDebug: profile['log-level'] === 'debug', needsAccount: needs.length > 0 };
}

describe('a command line means what it means to pflag', () => {
  const help = /help requested/;
  test.each(vectors.filter(({ set }) => set !== undefined))('$args', ({ args, set = {} }) => {
    expect(said(accepted(standIn(...args)))).toEqual(expected(set));
  });

  test.each(vectors.filter(({ error }) => error !== undefined && !help.test(error)))(
    '$args is refused, too: $error',
    ({ args }) => {
      const translation = standIn(...args);
      // klog's values are of no consequence here, and are not looked at.
      const isKlogs = args.some((arg) => /^-v./.test(arg));
      expect(translation instanceof Refusal).toBe(!isKlogs);
    },
  );

  test.each(vectors.filter(({ error = '' }) => help.test(error)))('$args asks for help', ({ args }) => {
    expect(accepted(standIn(...args)).args).toContain('--help');
  });
});

describe('every flag is taken in every form', () => {
  const sample: Readonly<Record<AmazonFlag['kind'], string>> = {
    switch: 'false',
    text: 'x',
    integer: '7',
    duration: '7ms',
  };
  test.each(amazonFlags)('$name', ({ kind, name }) => {
    const value = sample[kind];
    const forms = [[`--${name}=${value}`], [`-${name}=${value}`]];
    if (kind !== 'switch') forms.push([`--${name}`, value], [`-${name}`, value]);
    const meanings = forms.map((form) => said(accepted(standIn(...form))));
    for (const meaning of meanings) expect(meaning).toEqual(meanings[0]);
  });

  test.each(klogFlagNames)('klog’s %s has no effect but its line, with underscores and with dashes', (name) => {
    for (const spelt of [name, name.replaceAll('_', '-')]) {
      for (const flag of [`--${spelt}=1`, `-${spelt}=1`]) {
        const { args, profile, withoutEffect } = accepted(standIn(flag));
        expect({ args, level: profile?.['log-level'], withoutEffect }).toEqual({
          args: [],
          level: undefined,
          withoutEffect: [flag],
        });
      }
    }
  });
});

test('a switch does not take the word behind it, which is told', () => {
  const { profile, withoutEffect } = accepted(standIn('--in-cluster', 'false', '--namespace', 'a'));
  expect(profile).toMatchObject({ tls: 'self' });
  expect(withoutEffect).toEqual(['false']);
});

test.each([
  ['--prt=4', 'There is no flag --prt. Did you mean --port?'],
  ['--token-audiense=x', 'There is no flag --token-audiense. Did you mean --token-audience?'],
  ['-log-levl', 'There is no flag --log-levl. Did you mean --log-level?'],
  ['--quite-another-thing', 'There is no flag --quite-another-thing. Leave it out.'],
  ['--kubeconfig', 'The flag --kubeconfig has no value. Write --kubeconfig=VALUE.'],
  ['--in-cluster=maybe', '--in-cluster is ‘maybe’, which is neither true nor false.'],
  ['--port=x', '--port is ‘x’, which is no whole number.'],
  ['--service-account-lookup-grace-period=5', 'which is no duration such as 100ms or 1m30s.'],
])('%s: %s', (arg, sentence) => {
  const refused = standIn(arg);
  expect(refused instanceof Refusal && `${refused.sentence} ${refused.remedy}`).toContain(sentence);
});

test('flags of ours are taken beside Amazon’s, in Go’s forms, too', () => {
  const { args } = accepted(
    standIn('-on-refusal', 'deny', '--profile=aws', '--role-account', '1', '-watch-namespaces=T'),
  );
  expect(args).toEqual(['--on-refusal=deny', '--profile=aws', '--role-account=1', '--watch-namespaces=true']);
});

describe('a line of our own command', () => {
  const ours = (...args: readonly string[]) => withAmazonNames({ args, environment }, webhookSettings);

  test.each([
    [
      ['--aws-default-region', 'x', '--explain', '-'],
      ['--explain', '-', '--region=x'],
    ],
    [
      ['-token-audience=x', '-f', '-'],
      ['-f', '-', '--token-audience=x'],
    ],
    [['--in-cluster=T'], ['--in-cluster=true']],
    [
      ['--port', '8443', '--nope', '4'],
      ['--port=8443', '--nope', '4'],
    ],
    [
      ['--logtostderr', '-v=4'],
      ['--logtostderr', '-v=4'],
    ],
    [['--region'], ['--region']],
    [
      ['--', '--region=x'],
      ['--', '--region=x'],
    ],
  ])('%j is read as %j', (args, read) => {
    expect(new Set(accepted(ours(...args)).args)).toEqual(new Set(read));
  });

  test('that asks for aws takes what has no effect; one that asks for another profile, nothing of Amazon’s', () => {
    const { args, profile, withoutEffect } = accepted(ours('-profile', 'aws', '--logtostderr', '-v=4', '--tls-cert=a'));
    expect({ args, profile, withoutEffect }).toEqual({
      args: ['--profile=aws', '--tls-cert=a'],
      profile: { 'log-level': 'debug' },
      withoutEffect: ['--logtostderr'],
    });
    const line = ['--profile', 'podiam', '--aws-default-region=x', '-region=x'];
    expect(ours(...line)).toEqual({ args: line });
    const asked = withAmazonNames({ args: ['--logtostderr'], environment: { PODIAM_PROFILE: 'aws' } }, webhookSettings);
    expect(accepted(asked).withoutEffect).toEqual(['--logtostderr']);
  });
});

describe('values of Go', () => {
  test.each([
    ['TRUE', 'true'],
    ['f', 'false'],
    ['tRUE', undefined],
    ['yes', undefined],
  ])('the switch %s is %s', (text, value) => expect(readBoolean(text)).toBe(value));

  test.each([
    ['0b11', '3'],
    ['-0x10', '-16'],
    ['0', '0'],
    ['-0', '0'],
    ['1_000', '1000'],
    ['9223372036854775808', undefined],
    ['1e3', undefined],
    ['', undefined],
  ])('the number %s is %s', (text, value) => expect(readInteger(text)).toBe(value));

  test.each([
    ['1h2m3.5s', '3723500'],
    ['10us', '1'],
    ['+5s', '5000'],
    ['-5s', '0'],
    ['5', undefined],
    ['5 ms', undefined],
    ['', undefined],
    ['s', undefined],
    ['.s', undefined],
  ])('the duration %s is %s ms', (text, value) => expect(readMilliseconds(text)).toBe(value));
});
