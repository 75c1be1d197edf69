// Where mutation begins: the review that an API server sent, and one of each case file's pod.
import { globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { isObject, type JsonObject } from '../../src/core/injection/index.ts';

/** The names of service accounts that the target knows; see target.ts. */
export const accounts = ['web', 'bad', 'silent', 'failing', 'containers', 'unknown'] as const;

const read = (path: string) => readFileSync(path, 'utf8');

function reviewOf(object: unknown, over: JsonObject = {}): JsonObject {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: 'u-1',
      kind: { kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'dev',
      object,
      oldObject: null,
      ...over,
    },
  };
}

function podOf(path: string): unknown {
  const value: unknown = parse(read(path));
  return isObject(value) ? value['pod'] : undefined;
}

const account = {
  metadata: { name: 'web', annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/s3' } },
};

/** Whole reviews as JSON texts. */
export function readCorpus(): readonly [string, ...string[]] {
  const recorded: unknown = JSON.parse(read('bench/review.json'));
  const pods = globSync('test/core/injection/cases/*.yaml').map(podOf);
  const ephemeral = { operation: 'UPDATE', subResource: 'ephemeralcontainers' };
  return [
    JSON.stringify(recorded),
    JSON.stringify(reviewOf(account, { kind: { kind: 'ServiceAccount' }, operation: 'UPDATE', oldObject: account })),
    ...pods.map((pod) => JSON.stringify(reviewOf(pod))),
    ...pods.slice(0, 20).map((pod) => JSON.stringify(reviewOf(pod, { ...ephemeral, oldObject: pod }))),
  ];
}
