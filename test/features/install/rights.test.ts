// What the webhook may do in the cluster, over every combination of the settings that could change it.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { profileSettings } from '../../../src/core/injection/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { Problem, resolveSettings } from '../../../src/core/settings/index.ts';
import { type InstallValues, installationObjects, installSettings } from '../../../src/features/install/index.ts';

const rules = z.array(
  z.object({
    apiGroups: z.array(z.string()),
    resources: z.array(z.string()),
    resourceNames: z.array(z.string()).optional(),
    verbs: z.array(z.string()),
  }),
);

const own = profileSettings.profiles.read([
  { name: 'store', 'annotation-prefix': 'store.example.com', 'token-audience': 'store' },
]);

function valuesOf(flags: Readonly<Record<string, unknown>>, ownProfiles: boolean): InstallValues {
  const image = 'registry.example.com/podiam:0.1.0';
  const resolved = resolveSettings(installSettings, { flags: { image, ...flags }, environment: {}, file: {} });
  if (resolved instanceof Refusal || own instanceof Problem) throw new Error('the settings are wrong');
  return { ...resolved.values, profiles: ownProfiles ? own : [], caBundle: undefined };
}

const yesAndNo = [true, false];

function* combinations(): Generator<Readonly<Record<string, unknown>>> {
  for (const tls of ['self', 'secret', 'files', 'cert-manager'])
    for (const secret of [undefined, 'mine'])
      for (const configMap of yesAndNo)
        for (const namespaces of yesAndNo)
          for (const policy of ['Ignore', 'Fail'])
            for (const surroundings of yesAndNo)
              yield {
                tls,
                'tls-secret': secret,
                'watch-config-map': configMap,
                'watch-namespaces': namespaces,
                'failure-policy': policy,
                'on-refusal': policy === 'Fail' ? 'deny' : 'warn',
                'host-network': surroundings,
                'network-policy': surroundings,
                'service-monitor': surroundings,
                'client-ca-config-map': surroundings ? 'api-servers' : undefined,
                'container-credentials-config-map': surroundings ? 'identities' : undefined,
              };
}

interface Granted {
  readonly kind: string;
  readonly what: string;
  readonly names: readonly string[] | undefined;
  readonly verbs: readonly string[];
}

/** One for each resource that a rule is about. */
function grantedBy(values: InstallValues): readonly Granted[] {
  const objects = installationObjects(values);
  if (objects instanceof Refusal) throw new Error(objects.explain());
  return objects
    .filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
    .flatMap(({ kind, rules: given }) =>
      rules
        .parse(given)
        .flatMap(({ apiGroups, resourceNames: names, resources, verbs }) =>
          resources.map((resource) => ({ kind, what: `${apiGroups.join()}/${resource}`, names, verbs })),
        ),
    );
}

const reading = new Set(['get', 'list', 'watch']);
const all = [...combinations()].map((flags) => ({ flags, values: valuesOf(flags, flags['host-network'] === true) }));

/** All that may ever be written, and how; the secret is the webhook's own. */
function mayWrite({ kind, names, verbs, what }: Granted, { tls, secret }: { tls: unknown; secret: string }): boolean {
  const writes = verbs.filter((verb) => !reading.has(verb)).join();
  if (what === 'events.k8s.io/events') return kind === 'ClusterRole' && writes === 'create';
  if (tls !== 'self') return false;
  if (what === 'admissionregistration.k8s.io/mutatingwebhookconfigurations')
    return names?.join() === 'podiam-webhook' && writes === 'update';
  if (what !== '/secrets' || kind !== 'Role') return false;
  return names === undefined ? verbs.join() === 'create' : names.join() === secret && writes === 'update';
}

describe(`over ${all.length} combinations of settings`, () => {
  test('A18 the webhook writes its own Secret, its own caBundle, and events, and nothing else', () => {
    for (const { flags, values } of all) {
      const secret = values['tls-secret'] ?? 'podiam-webhook-tls';
      const writing = grantedBy(values).filter(({ verbs }) => verbs.some((verb) => !reading.has(verb)));
      expect(writing.length, JSON.stringify(flags)).toBe(values.tls === 'self' ? 4 : 1);
      for (const one of writing) {
        expect(mayWrite(one, { tls: values.tls, secret }), JSON.stringify({ flags, one })).toBe(true);
      }
    }
  });

  test('A18 it reads no Secret but that of its certificate, and none where that is mounted', () => {
    for (const { flags, values } of all) {
      const secret = values['tls-secret'] ?? 'podiam-webhook-tls';
      const reads = grantedBy(values).filter(
        ({ verbs, what }) => what === '/secrets' && verbs.some((verb) => reading.has(verb)),
      );
      const isRead = values.tls === 'self' || values.tls === 'secret';
      expect(
        reads.map(({ kind, names }) => [kind, names]),
        JSON.stringify(flags),
      ).toEqual(isRead ? [['Role', [secret]]] : []);
    }
  });

  test('A18 it has no right by a wildcard, to impersonate, to escalate, to bind, or to have tokens made', () => {
    const forbidden = new Set(['*', 'impersonate', 'escalate', 'bind', 'delete', 'deletecollection', 'patch']);
    for (const { values } of all) {
      for (const { verbs, what } of grantedBy(values)) {
        expect(verbs.filter((verb) => forbidden.has(verb))).toEqual([]);
        expect(what).not.toMatch(/\*|serviceaccounts\/token|pods|nodes|roles/);
      }
    }
  });

  test('A18 what it reads cluster-wide are service accounts, and namespaces where they count', () => {
    for (const { values } of all) {
      const reads = grantedBy(values)
        .filter(({ kind, names, verbs }) => kind === 'ClusterRole' && names === undefined && verbs.includes('list'))
        .map(({ what }) => what);
      expect(reads).toEqual(['/serviceaccounts', ...(values['watch-namespaces'] ? ['/namespaces'] : [])]);
    }
  });

  test('every role is bound to the webhook’s service account alone', () => {
    for (const { values } of all) {
      const objects = installationObjects(values);
      if (objects instanceof Refusal) throw new Error(objects.explain());
      for (const { kind, subjects } of objects) {
        if (!kind.endsWith('Binding')) continue;
        expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'podiam-webhook', namespace: 'podiam-system' }]);
      }
    }
  });
});
