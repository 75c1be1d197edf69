// Whose the namespace of an installation is: ours to make and to delete, somebody's, or everybody's.
import { describe, expect, test } from 'vitest';
import { runInstall } from '../../../tools/chart/chart.ts';
import { image, installed } from './installed.ts';

const namespaces = async (...flags: readonly string[]) =>
  (await installed(...flags)).filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);

describe('the Namespace is printed', () => {
  test.each([
    { flags: [], printed: ['podiam-system'] },
    { flags: ['--create-namespace=false'], printed: [] },
    { flags: ['--namespace=irsa-system'], printed: [] },
    { flags: ['--namespace=identity', '--create-namespace'], printed: ['identity'] },
    { flags: ['--namespace=kube-system', '--allow-kube-system'], printed: [] },
  ])('only where it is ours: $flags', async ({ flags, printed }) => {
    expect(await namespaces(...flags)).toEqual(printed);
  });
});

describe('a namespace that all share is refused, since whoever may write into it would decide what pods are given', () => {
  test.each(['default', 'kube-public', 'kube-node-lease', 'kube-system'])('%s', async (namespace) => {
    for (const more of [[], ['--create-namespace']]) {
      const { code, errors, output } = await runInstall([image, `--namespace=${namespace}`, ...more]);
      expect(errors).toContain(`The namespace ${namespace} is shared by the whole cluster. Install into`);
      expect({ code, output }).toEqual({ code: 2, output: '' });
    }
  });

  test.each([
    { flags: ['--namespace=default', '--allow-kube-system'], said: /namespace default is shared/ },
    { flags: ['--allow-kube-system'], said: /allow-kube-system has no use without namespace kube-system/ },
    {
      flags: ['--namespace=kube-system', '--allow-kube-system', '--create-namespace'],
      said: /kube-system is shared by the whole cluster\. Leave create-namespace out/,
    },
  ])(
    'the yes to kube-system is one to that alone, and never to labelling or deleting it: $flags',
    async ({ flags, said }) => {
      const { code, errors, output } = await runInstall([image, ...flags]);
      expect(errors).toMatch(said);
      expect({ code, output }).toEqual({ code: 2, output: '' });
    },
  );
});

test('without its Namespace, every other object is as before', async () => {
  const all = await installed();
  expect(await installed('--create-namespace=false')).toEqual(all.filter(({ kind }) => kind !== 'Namespace'));
});
