// `podiam policy` and `podiam install --mode policy`, as a person runs them.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { podiam } from './podiam.ts';

const flags = ['--profile', 'vultr', '--profile', 'aws'];

describe('podiam policy', () => {
  it('prints one object a document, as YAML or as a List', async () => {
    const [yaml, json] = await Promise.all([
      podiam(['policy', ...flags]),
      podiam(['policy', ...flags, '--output=json']),
    ]);
    expect(yaml.stderr).toBe('');
    const documents = yaml.stdout.split('---\n');
    const items = documents.map((document): unknown => parse(document));
    expect(items).toHaveLength(6);
    const list: unknown = JSON.parse(json.stdout);
    expect(list).toEqual({ apiVersion: 'v1', kind: 'List', items });
  });

  it('prints what podiam install --mode policy prints, which needs no image', async () => {
    const [own, installed] = await Promise.all([
      podiam(['policy', ...flags]),
      podiam(['install', '--mode', 'policy', ...flags]),
    ]);
    expect(installed).toEqual(own);
  });

  it.each([
    {
      args: ['policy', '--watch-config-map'],
      said: 'The setting watch-config-map asks for what an admission policy cannot do',
    },
    {
      args: ['install', '--mode=policy', '--container-credentials-config-map=identities'],
      said: 'The setting container-credentials-config-map asks for what an admission policy cannot do',
    },
    {
      args: ['install', '--image=podiam', '--service-account-label=a=b'],
      said: 'The setting service-account-label has no use without mode policy',
    },
  ])('says on standard error, as wrong usage: $said', async ({ args, said }) => {
    const { code, stderr, stdout } = await podiam(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
  });
});
