import { describe, expect, it } from 'vitest';
import {
  aws,
  builtInProfiles,
  type InjectionSettingValues,
  type Profile,
  podiam,
  settleProfile,
} from '../../../src/core/injection/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { taken } from './cases.ts';

describe('the settings of a profile', () => {
  it('are the row’s own where nothing is set', () => {
    expect(taken(settleProfile(aws))).toMatchObject({
      annotationPrefix: 'eks.amazonaws.com',
      roleAnnotations: ['eks.amazonaws.com/role-arn'],
      audience: 'sts.amazonaws.com',
      mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
      tokenPath: 'token',
      volumeName: 'aws-iam-token',
      tokenExpiration: 86_400,
      region: undefined,
      regionalSts: false,
    });
  });

  it('need an STS endpoint where the profile has none of its own', () => {
    const refusal = settleProfile(podiam);
    expect(refusal instanceof Refusal && refusal.code).toBe('injection-setting-missing');
    expect(taken(settleProfile(podiam, { 'sts-endpoint': 'http://sts.local:8080/sts' })).stsEndpoint).toBe(
      'http://sts.local:8080/sts',
    );
  });

  it('take a row that a user adds', () => {
    const store: Profile = {
      ...aws,
      name: 'store',
      annotationPrefix: 'store.example.com',
      roleAnnotations: ['store.example.com/role'],
      optOutLabel: 'store.example.com/off',
      audience: 'store',
      stsEndpoint: 'https://store.example.com/sts',
    };
    expect(taken(settleProfile(store))).toMatchObject({ profile: 'store', audience: 'store' });
    expect(builtInProfiles.map(({ name }) => name)).not.toContain('store');
  });

  it('count an expiration below 600 as 600', () => {
    expect(taken(settleProfile(aws, { 'token-expiration': 60 })).tokenExpiration).toBe(600);
  });

  const wrong: readonly InjectionSettingValues[] = [
    { 'annotation-prefix': 'eks.amazonaws.com/' },
    { 'token-mount-path': 'relative' },
    { 'token-mount-path': '/a:b' },
    { 'token-mount-path': '/a/../b' },
    { 'token-path': '/token' },
    { 'token-path': '../token' },
    { 'volume-name': 'Token' },
    { 'volume-name': 'v'.repeat(60) },
    { region: 'eu central' },
    { 'sts-endpoint': 'ftp://sts.example.com' },
    { 'sts-endpoint': 'https://user@sts.example.com' },
    { 'role-account': '1234' },
    { 'role-partition': 'azure' },
    { 'allowed-account': ['111122223333', 'all'] },
  ];

  it.each(wrong)('refuse %o, which no pod could run with', (values) => {
    const refusal = settleProfile(aws, values);
    expect(refusal instanceof Refusal && refusal.code).toBe('injection-setting-invalid');
  });
});
