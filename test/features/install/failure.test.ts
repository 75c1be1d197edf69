// What Fail means for an installation, and how long something is looked up.
import { expect, test } from 'vitest';
import { argumentsOf } from './installed.ts';

test.each([
  { flags: [], passed: 'warn' },
  { flags: ['--failure-policy=Fail'], passed: 'deny' },
  { flags: ['--failure-policy=Fail', '--on-failure=warn'], passed: 'warn' },
  { flags: ['--on-failure=deny'], passed: 'deny' },
])(
  'F7 whoever says Fail keeps pods out when a look-up fails, too, unless told otherwise: $flags',
  async ({ flags, passed }) => {
    expect(await argumentsOf(...flags)).toContain(`--on-failure=${passed}`);
  },
);

test('how long a service account is waited for is passed on', async () => {
  expect(await argumentsOf('--lookup-milliseconds=1500')).toContain('--lookup-milliseconds=1500');
  expect((await argumentsOf()).join(' ')).not.toContain('lookup');
});
