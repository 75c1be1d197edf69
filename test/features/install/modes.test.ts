// Settings of the other mode are refused rather than passed over.
import { describe, expect, test } from 'vitest';
import { runInstall } from '../../../tools/chart/chart.ts';
import { image } from './installed.ts';

describe('a setting that a mode has no use for is refused by its name', () => {
  test.each([
    ['image', ['--mode=policy', image]],
    ['tls', ['--mode=policy', '--tls=secret']],
    ['replicas', ['--mode=policy', '--replicas=3']],
    ['namespace', ['--mode=policy', '--namespace=identity']],
    ['network-policy', ['--mode=policy', '--network-policy']],
    ['ca-bundle-file', ['--mode=policy', '--ca-bundle-file=nowhere.pem']],
    ['lookup-milliseconds', ['--mode=policy', '--lookup-milliseconds=5']],
    ['api-version', [image, '--api-version=v1beta1']],
    ['service-account-label', [image, '--service-account-label=a=b']],
  ])('%s', async (setting, flags) => {
    const { code, errors, output } = await runInstall(flags);
    const other = flags.includes('--mode=policy') ? 'webhook' : 'policy';
    expect(errors).toContain(`The setting ${setting} has no use without mode ${other}.`);
    expect({ code, output }).toEqual({ code: 2, output: '' });
  });
});

test('what policies follow is taken: profiles, rules, their own version', async () => {
  const flags = ['--mode=policy', '--profile=aws', '--region=eu-1', '--on-refusal=deny', '--failure-policy=Fail'];
  const { code, errors, output } = await runInstall([...flags, '--api-version=v1beta1', '--output=json']);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toContain('"apiVersion": "admissionregistration.k8s.io/v1beta1"');
});

test.each(['999.1.1.1/99', '10.0.0.0/33', '::1/129', '10.0.0.0', '1:2/8', 'ten/8'])(
  '%s is no range of addresses',
  async (cidr) => {
    const { code, errors } = await runInstall([image, '--network-policy', `--api-server-cidr=${cidr}`]);
    expect({ code, errors }).toMatchObject({ code: 2, errors: expect.stringContaining('api-server-cidr') });
  },
);
