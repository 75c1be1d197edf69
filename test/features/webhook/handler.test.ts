// The webhook as a function, over whole requests.
import jsonPatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import { aws, isList, isObject, type JsonObject, settleProfile } from '../../../src/core/injection/index.ts';
import { Refusal, RefusedError } from '../../../src/core/refusals/index.ts';
import type { HttpRequest, HttpResponse } from '../../../src/core/wire/index.ts';
import {
  type AdmissionPorts,
  type AdmissionRecord,
  createAdmissionHandler,
} from '../../../src/features/webhook/index.ts';

const role = 'arn:aws:iam::111122223333:role/s3';
const key = 'eks.amazonaws.com/role-arn';

function settings() {
  const settled = settleProfile(aws);
  if (settled instanceof Refusal) throw new RefusedError(settled);
  return settled;
}

interface Setup extends Partial<AdmissionPorts> {
  readonly records?: AdmissionRecord[];
}

function webhook({ records = [], ...ports }: Setup = {}) {
  return createAdmissionHandler({
    config: () => ({ profiles: [settings()] }),
    onRefusal: 'warn',
    findServiceAccount: () => ({ annotations: { [key]: role } }),
    log: (record) => records.push(record),
    ...ports,
  });
}

const json = ['Content-Type', 'application/json; charset=utf-8'];

function isAddition(value: unknown): value is { op: 'add'; path: string; value: unknown } {
  return isObject(value) && value['op'] === 'add' && typeof value['path'] === 'string';
}

function request(body: unknown, { rawHeaders = json, method = 'POST', path = '/mutate' } = {}): HttpRequest {
  return {
    method,
    target: `${path}?timeout=10s`,
    path,
    query: 'timeout=10s',
    rawHeaders,
    body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
    peer: { address: '127.0.0.1', encrypted: true },
  };
}

const pod = { metadata: { generateName: 'web-' }, spec: { serviceAccountName: 'web', containers: [{ name: 'app' }] } };

function review(over: JsonObject = {}) {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'dev',
      name: '',
      object: pod,
      oldObject: null,
      ...over,
    },
  };
}

function parsed({ body }: HttpResponse): JsonObject {
  const value: unknown = JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body));
  if (!isObject(value)) throw new Error('no object');
  return value;
}

async function answer(setup: Setup, over: JsonObject = {}): Promise<JsonObject> {
  const response = await webhook(setup)(request(review(over)));
  expect(response.status).toBe(200);
  const { response: inner } = parsed(response);
  if (!isObject(inner)) throw new Error('no response');
  return inner;
}

const refusedAccount = () => ({ annotations: { [key]: 's3' } });

describe('POST /mutate', () => {
  it('answers a pod with a patch that another library applies', async () => {
    const records: AdmissionRecord[] = [];
    const { allowed, patch, uid, auditAnnotations } = await answer({ records });
    expect({ allowed, uid }).toEqual({ allowed: true, uid: 'u-1' });
    const operations: unknown = JSON.parse(Buffer.from(String(patch), 'base64').toString());
    if (!isList(operations)) throw new Error('no patch');
    const applied: JsonObject = jsonPatch.applyPatch(structuredClone(pod), operations.filter(isAddition)).newDocument;
    expect(applied['spec']).toMatchObject({
      volumes: [{ name: 'aws-iam-token' }],
      containers: [{ env: [{ name: 'AWS_ROLE_ARN', value: role }, {}] }],
    });
    expect(auditAnnotations).toEqual({
      decision: 'injected',
      reason: `injected web- as ${role} (service account annotation)`,
    });
    expect(records).toEqual([
      {
        uid: 'u-1',
        kind: 'Pod',
        operation: 'CREATE',
        namespace: 'dev',
        name: '',
        serviceAccount: 'web',
        outcome: 'injected',
        code: 'injected',
        reason: `injected web- as ${role} (service account annotation)`,
        cause: undefined,
        profile: 'aws',
        method: 'sts_web_identity',
        allowed: true,
        warnings: [],
        dryRun: false,
      },
    ]);
  });

  it('asks for the pod’s service account in the request’s namespace, whatever the pod says', async () => {
    const asked: string[] = [];
    const findServiceAccount = (namespace: string, name: string) => {
      asked.push(`${namespace}/${name}`);
      return Promise.resolve({ annotations: {} });
    };
    await answer({ findServiceAccount }, { object: { ...pod, metadata: { namespace: 'other' } } });
    expect(asked).toEqual(['dev/web']);
  });

  it('asks nobody about a mirror pod or one that opted out', async () => {
    const findServiceAccount = () => {
      throw new Error('asked');
    };
    for (const metadata of [
      { annotations: { 'kubernetes.io/config.mirror': 'x' } },
      { labels: { 'eks.amazonaws.com/skip-pod-identity-webhook': 'true' } },
    ]) {
      expect(await answer({ findServiceAccount }, { object: { ...pod, metadata } })).not.toHaveProperty('warnings');
    }
  });

  it('lets a pod with a bad role in without it, and says so in two warnings', async () => {
    const records: AdmissionRecord[] = [];
    const { allowed, warnings } = await answer({ records, findServiceAccount: refusedAccount });
    expect(allowed).toBe(true);
    expect(warnings).toEqual([
      'not injected: The value ‘s3’ (service account annotation) is a name without an account.',
      'Write the whole ARN, or set the account that names belong to (role-account).',
    ]);
    expect(records).toMatchObject([{ outcome: 'refused', code: 'role-name-without-account', allowed: true }]);
  });

  it('keeps a pod with a bad role out under deny, with 403, sentence and remedy', async () => {
    const { allowed, status, patch } = await answer({ onRefusal: 'deny', findServiceAccount: refusedAccount });
    expect({ allowed, patch }).toEqual({ allowed: false, patch: undefined });
    expect(status).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(JSON.stringify(status)).toContain('Write the whole ARN');
  });

  it('warns of a service account that was not found', async () => {
    const { warnings } = await answer({ findServiceAccount: () => undefined });
    expect(warnings).toEqual(['left alone: the service account dev/web was not found']);
  });

  it('marks a dry run in its record, for whoever makes events of it', async () => {
    const records: AdmissionRecord[] = [];
    await answer({ records }, { dryRun: true });
    expect(records).toMatchObject([{ dryRun: true }]);
  });
});

describe('A15 a port that fails', () => {
  const fail = () => Promise.reject(new Error('connect ECONNREFUSED'));
  const failAtOnce = () => {
    throw new Error('broken');
  };

  it.each<[string, Partial<AdmissionPorts>]>([
    ['service accounts', { findServiceAccount: fail }],
    ['service accounts, at once', { findServiceAccount: failAtOnce }],
    ['namespaces', { findNamespace: fail }],
    ['a namespace that is not found', { findNamespace: () => undefined }],
    ['the configuration', { config: failAtOnce }],
  ])('makes an allowed review with a warning, never a pod with a role: %s', async (_, ports) => {
    const records: AdmissionRecord[] = [];
    const { allowed, patch, warnings } = await answer({ records, ...ports });
    expect({ allowed, patch }).toEqual({ allowed: true, patch: undefined });
    expect(String(warnings)).toContain('could not be read');
    expect(records).toMatchObject([{ outcome: 'failed', code: 'admission-lookup-failed' }]);
  });

  it('is no matter where it is the log', async () => {
    expect(await answer({ log: failAtOnce })).toHaveProperty('patch');
  });
});

describe('F28 a webhook that lags behind', () => {
  it('refuses with 503, unread, what would be answered after its time, and answers the rest', async () => {
    let lag = 0;
    const handler = webhook({ lag: () => lag });
    const statusOf = async () => (await handler(request(review()))).status;
    expect(await statusOf()).toBe(200);
    lag = 9000;
    expect(await statusOf()).toBe(200);
    lag = 9600;
    expect(await statusOf()).toBe(503);
    expect(parsed(await handler(request('no review')))).toMatchObject({ reason: 'admission-overloaded' });
  });
});

describe('what is not a pod that is created', () => {
  const bad = { metadata: { annotations: { [key]: 'arn:x' } } };
  const account = { kind: { kind: 'ServiceAccount' }, name: 'web', object: bad };

  it.each<[string, JsonObject]>([
    ['an update', { operation: 'UPDATE', oldObject: pod }],
    ['a deletion', { operation: 'DELETE', object: null, oldObject: pod }],
    ['a connection', { operation: 'CONNECT', subResource: 'exec', object: {} }],
    ['a binding', { subResource: 'binding', object: {} }],
    ['another kind', { kind: { kind: 'Deployment' }, object: {} }],
    [
      'an update of ephemeral containers without the pod before it',
      { operation: 'UPDATE', subResource: 'ephemeralcontainers' },
    ],
  ])('%s is let through untouched', async (_, over) => {
    const { allowed, patch } = await answer({ onRefusal: 'deny' }, over);
    expect({ allowed, patch }).toEqual({ allowed: true, patch: undefined });
  });

  it('ephemeral containers are injected into a pod that has our volume', async () => {
    const serviceAccountToken = { audience: 'sts.amazonaws.com', expirationSeconds: 86_400, path: 'token' };
    const spec = {
      ...pod.spec,
      volumes: [{ name: 'aws-iam-token', projected: { sources: [{ serviceAccountToken }] } }],
    };
    const object = { ...pod, spec: { ...spec, ephemeralContainers: [{ name: 'debug' }] } };
    const over = { operation: 'UPDATE', subResource: 'ephemeralcontainers', object, oldObject: { ...pod, spec } };
    const { patch } = await answer({}, over);
    const text = Buffer.from(String(patch), 'base64').toString();
    expect(text).toContain('/spec/ephemeralContainers/0/env');
    expect(text).not.toContain('/spec/containers');
    expect(text).not.toContain('/spec/volumes"');
  });

  it('a service account’s author is told of a bad role, and it is never patched', async () => {
    const { allowed, patch, warnings } = await answer({}, account);
    expect({ allowed, patch }).toEqual({ allowed: true, patch: undefined });
    expect(String(warnings)).toContain(`annotation ${key}`);
  });

  it('under deny a bad role keeps a service account out, unless it was there before', async () => {
    expect(await answer({ onRefusal: 'deny' }, account)).toMatchObject({ allowed: false });
    const update = { ...account, operation: 'UPDATE', oldObject: bad };
    expect(await answer({ onRefusal: 'deny' }, update)).toMatchObject({ allowed: true });
    const deletion = { ...account, operation: 'DELETE', object: null, oldObject: bad };
    expect(await answer({ onRefusal: 'deny' }, deletion)).toMatchObject({ allowed: true });
  });
});

describe('what cannot be judged', () => {
  it.each<[string, number, HttpRequest]>([
    ['another path', 404, request(review(), { path: '/' })],
    ['another method', 405, request('', { method: 'GET' })],
    ['another media type', 415, request(review(), { rawHeaders: ['Content-Type', 'text/plain'] })],
    ['no media type', 415, request(review(), { rawHeaders: [] })],
    ['two media types', 415, request(review(), { rawHeaders: [...json, ...json] })],
    ['no JSON', 400, request('{')],
    ['no review', 400, request({})],
  ])('%s is %i', async (_, status, sent) => {
    const response = await webhook()(sent);
    expect(response.status).toBe(status);
    expect(parsed(response)).toHaveProperty('message');
  });

  it('is told in the shape of every refusal', async () => {
    expect(parsed(await webhook()(request('{')))).toEqual({
      code: expect.any(String),
      message: expect.any(String),
      remedy: expect.any(String),
      reason: 'admission-review-malformed',
    });
  });

  it('tells the method that is taken', async () => {
    expect((await webhook()(request('', { method: 'GET' }))).headers).toMatchObject({ allow: 'POST' });
  });

  const strange: readonly unknown[] = [
    null,
    1,
    'x',
    [],
    {},
    { spec: null },
    { spec: [] },
    { spec: { containers: [null] } },
  ];

  it.each(strange)('a pod that is %j gets an answer', async (object) => {
    expect(await answer({}, { object })).toMatchObject({ uid: 'u-1', allowed: true });
  });
});
