import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { answerAdmissionReview, parseAdmissionReview } from '../../../src/core/wire/index.ts';

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

const request = {
  uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
  kind: { group: '', version: 'v1', kind: 'Pod' },
  resource: { group: '', version: 'v1', resource: 'pods' },
  operation: 'CREATE',
  namespace: 'dev',
  object: { metadata: {} },
  oldObject: null,
  dryRun: true,
};
const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };

describe('a review', () => {
  it.each(['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'])('of %s is read, its object as it is', (apiVersion) => {
    expect(parseAdmissionReview(bytes({ ...review, apiVersion }))).toEqual({
      apiVersion,
      uid: request.uid,
      kind: 'Pod',
      subResource: '',
      operation: 'CREATE',
      namespace: 'dev',
      name: '',
      dryRun: true,
      object: { metadata: {} },
      oldObject: null,
    });
  });

  it('may leave out all but its uid', () => {
    const read = parseAdmissionReview(bytes({ ...review, request: { uid: 'u', name: null } }));
    expect(read).toMatchObject({ uid: 'u', kind: '', operation: '', namespace: '', name: '', dryRun: false });
  });

  const withObject = (object: string) =>
    JSON.stringify({ ...review, request: { ...request, object: 0 } }).replace('"object":0', object);
  const deep = `"object":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
  const wide = `"object":{${Array.from({ length: 1_000_000 }, (_, n) => `"${n.toString(36)}":0`).join()}}`;

  const crowded = (sign: string) => `"object":[${`${sign},`.repeat(1_000_000)}0]`;

  it.each([
    ['10,000 levels', deep, '64 levels'],
    ['10,000 lists in lists', `"object":${'['.repeat(10_000)}${']'.repeat(10_000)}`, '64 levels'],
    ['a million members', wide, '250000 values'],
    ['a million empty objects', crowded('{}'), '250000 values'],
    ['a million empty lists', crowded('[]'), '250000 values'],
    ['a million numbers', crowded('0'), '250000 values'],
    ['a member that is there twice', '"object":{"metadata":{"name":"a","name":"b"}}', 'twice'],
    ['a member that is there twice, in other escapes', '"object":{"metadata":{"name":"a","n\\u0061me":"b"}}', 'twice'],
    ['two objects', '"object":{},"object":{}', 'twice'],
    ['__proto__', '"object":{"__proto__":{"polluted":1}}', '__proto__'],
    ['__proto__ in escapes', '"object":{"\\u005f_proto__":{"polluted":1}}', '__proto__'],
  ])('F27 with %s is refused', (_, object, expected) => {
    const refusal = parseAdmissionReview(bytes(withObject(object)));
    expect(refusal instanceof Refusal && refusal.status).toBe(400);
    expect(refusal instanceof Refusal && refusal.sentence).toContain(expected);
    expect({}).not.toHaveProperty('polluted');
  });

  it('F27 of an API server is not searched for members that are there twice, but has the same limits', () => {
    const twice = '"object":{"metadata":{"name":"a","name":"b"}}';
    for (const object of [twice, '"object":{"__proto__":{"polluted":1}}']) {
      expect(parseAdmissionReview(bytes(withObject(object)), true)).toMatchObject({ uid: request.uid });
    }
    for (const object of [deep, wide, crowded('{}')]) {
      const refusal = parseAdmissionReview(bytes(withObject(object)), true);
      expect(refusal instanceof Refusal && refusal.sentence).toContain('JSON of at most');
    }
    expect({}).not.toHaveProperty('polluted');
  });

  it('F27 of 3 MiB of variables with their managed fields, as the longest pod has them, is read', () => {
    const count = 25_000;
    const env = Array.from({ length: count }, (_, n) => ({ name: `VARIABLE_${n}`, value: `the value of number ${n}` }));
    const fields = env.map(({ name }) => [`k:${JSON.stringify({ name })}`, { '.': {}, 'f:name': {}, 'f:value': {} }]);
    const managedFields = [{ fieldsV1: { 'f:env': Object.fromEntries(fields) } }];
    const object = { metadata: { managedFields }, spec: { containers: [{ env }] } };
    const text = withObject(`"object":${JSON.stringify(object)}`);
    expect(text.length).toBeGreaterThan(3 * 1024 * 1024);
    for (const isEncoded of [true, false]) {
      expect(parseAdmissionReview(bytes(text), isEncoded)).toMatchObject({ uid: request.uid });
    }
  });

  it('whose texts hold what looks like members, quotes and brackets is read', () => {
    const object = { 'a":': '{"b":[[[[', '\\': '\\":"', c: ['":', { '": "': ':' }], d: 'ü"}' };
    const text = withObject(`"object":${JSON.stringify(object)}`);
    expect(parseAdmissionReview(bytes(text))).toMatchObject({ object });
    expect(parseAdmissionReview(bytes(JSON.stringify(JSON.parse(text), null, 2)))).toMatchObject({ object });
  });

  it.each([
    ['nothing', ''],
    ['half of one', JSON.stringify(review).slice(0, 100)],
    ['a list', []],
    ['null', null],
    ['another kind', { ...review, kind: 'Pod' }],
    ['no kind', { apiVersion: review.apiVersion, request }],
    ['another version', { ...review, apiVersion: 'admission.k8s.io/v2' }],
    ['no request', { ...review, request: undefined }],
    ['a request that is a text', { ...review, request: 'x' }],
    ['no uid', { ...review, request: { ...request, uid: '' } }],
    ['a uid that is a number', { ...review, request: { ...request, uid: 1 } }],
    ['a namespace that is a number', { ...review, request: { ...request, namespace: 1 } }],
    ['a kind that is a text', { ...review, request: { ...request, kind: 'Pod' } }],
    ['a dryRun that is a text', { ...review, request: { ...request, dryRun: 'false' } }],
  ])('that is %s is refused', (_, value) => {
    const refusal = parseAdmissionReview(bytes(value));
    expect(refusal instanceof Refusal && refusal.code).toBe('admission-review-malformed');
    expect(refusal instanceof Refusal && refusal.status).toBe(400);
  });

  it('that is no UTF-8 is refused', () => {
    const body = bytes(review);
    body[body.length - 10] = 0xff;
    expect(parseAdmissionReview(body)).toBeInstanceOf(Refusal);
  });
});

describe('an answer', () => {
  it('echoes version and uid, and has the patch as base64 of its JSON', () => {
    const patch = [{ op: 'add', path: '/spec/volumes', value: ['ü'] }];
    const answer: unknown = JSON.parse(
      answerAdmissionReview(
        { apiVersion: 'admission.k8s.io/v1beta1', uid: 'u' },
        { allowed: true, patch, warnings: ['w'], auditAnnotations: { decision: 'injected' } },
      ),
    );
    expect(answer).toEqual({
      apiVersion: 'admission.k8s.io/v1beta1',
      kind: 'AdmissionReview',
      response: {
        uid: 'u',
        allowed: true,
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
        warnings: ['w'],
        auditAnnotations: { decision: 'injected' },
      },
    });
  });

  it('has neither patch nor patchType where nothing is to be changed, which the API server would not take', () => {
    const answer: unknown = JSON.parse(
      answerAdmissionReview(
        { apiVersion: 'admission.k8s.io/v1', uid: 'u' },
        { allowed: true, patch: [], warnings: [] },
      ),
    );
    expect(answer).toMatchObject({ response: { uid: 'u', allowed: true } });
    expect(JSON.stringify(answer)).not.toMatch(/patch|warnings|status/);
  });

  it('A21 has as many warnings as API servers take, and no long text in the audit log, however many and long they are', () => {
    const long = 'w'.repeat(1_000_000);
    const answer: unknown = JSON.parse(
      answerAdmissionReview(
        { apiVersion: 'admission.k8s.io/v1', uid: 'u' },
        {
          allowed: true,
          warnings: ['first', ...Array.from({ length: 1000 }, () => long)],
          auditAnnotations: { reason: long },
        },
      ),
    );
    expect(answer).toMatchObject({ response: { warnings: expect.arrayContaining(['first']) } });
    expect(JSON.stringify(answer).length).toBeLessThan(10_000);
  });

  it('says with status and reason why it is denied', () => {
    const status = { code: 403, reason: 'Forbidden', message: 'no' };
    const answer: unknown = JSON.parse(
      answerAdmissionReview({ apiVersion: 'admission.k8s.io/v1', uid: 'u' }, { allowed: false, status }),
    );
    expect(answer).toMatchObject({ response: { allowed: false, status } });
  });
});
