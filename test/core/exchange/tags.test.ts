import { describe, expect, test } from 'vitest';
import { isCluster, podTags, refuseTags, tagContext, withoutOwnTags } from '../../../src/core/exchange/tags.ts';

const kubernetes = {
  namespace: 'dev',
  serviceAccount: { name: 's3', uid: 'u1' },
  pod: { name: 's3-0', uid: 'u2' },
};

describe('tags about a pod', () => {
  test('come from a cluster, under the names that EKS Pod Identity uses', () => {
    const settings = { clusterName: 'east', clusterArn: 'arn:aws:eks:eu-central-1:111122223333:cluster/east' };
    expect(podTags({ kind: 'external', settings }, kubernetes)).toEqual({
      'kubernetes-namespace': 'dev',
      'kubernetes-service-account': 's3',
      'kubernetes-pod-name': 's3-0',
      'kubernetes-pod-uid': 'u2',
      'eks-cluster-name': 'east',
      'eks-cluster-arn': 'arn:aws:eks:eu-central-1:111122223333:cluster/east',
    });
  });

  test('A5 do not come from an issuer that is no cluster, whatever its tokens say', () => {
    expect(podTags({ kind: 'oidc', settings: {} }, kubernetes)).toEqual({});
    expect(podTags({ kind: 'external', settings: { isCluster: false } }, kubernetes)).toEqual({});
    expect(isCluster({ kind: 'oidc', settings: { isCluster: true } })).toBe(true);
  });
});

describe('tags that are asked for', () => {
  test.each([
    ['one of each', { team: 'web', 'a b/c:d=e+f-g@h.i_j': 'é ü' }, undefined],
    ['an empty value', { team: '' }, undefined],
    ['an empty key', { '': 'x' }, 'sts-tag-malformed'],
    ['a key of 129 characters', { ['k'.repeat(129)]: 'x' }, 'sts-tag-malformed'],
    ['a value of 257 characters', { team: 'v'.repeat(257) }, 'sts-tag-malformed'],
    ['a value with a control character', { team: 'a\u0000b' }, 'sts-tag-malformed'],
    ['a value that could end a policy variable', { team: '${aws:userid}' }, 'sts-tag-malformed'],
    ['a wildcard', { team: '*' }, 'sts-tag-malformed'],
    ['a reserved key', { 'AWS:team': 'web' }, 'sts-tag-malformed'],
    ['A5 one that is the platform’s own, in any case', { 'Kubernetes-Namespace': 'x' }, 'sts-tag-reserved'],
    ['too many', Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ''])), 'sts-too-many-tags'],
  ])('%s', (_, tags, code) => {
    expect(refuseTags(tags)?.code).toBe(code);
  });

  test('of a cluster’s token yield to the platform’s word', () => {
    expect(withoutOwnTags({ team: 'web', 'KUBERNETES-namespace': 'kube-system' })).toEqual({ team: 'web' });
  });

  test('are condition keys of the request', () => {
    expect(Object.fromEntries(tagContext({ team: 'web', stage: 'test' }, ['team']))).toEqual({
      'aws:RequestTag/team': ['web'],
      'aws:RequestTag/stage': ['test'],
      'aws:TagKeys': ['team', 'stage'],
      'sts:TransitiveTagKeys': ['team'],
    });
    expect(tagContext({}, []).size).toBe(0);
  });
});
