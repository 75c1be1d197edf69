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

  it('F27 is read however deep its object nests, and a member __proto__ is a member', () => {
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
    const text = JSON.stringify({ ...review, request: { ...request, object: 0 } }).replace(
      '"object":0',
      `"object":${deep}`,
    );
    expect(parseAdmissionReview(bytes(text))).toMatchObject({ uid: request.uid });
    const polluted = JSON.stringify(review).replace('"metadata":{}', '"__proto__":{"polluted":1}');
    expect(parseAdmissionReview(bytes(polluted))).toMatchObject({ uid: request.uid });
    expect({}).not.toHaveProperty('polluted');
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

  it('says with status and reason why it is denied', () => {
    const status = { code: 403, reason: 'Forbidden', message: 'no' };
    const answer: unknown = JSON.parse(
      answerAdmissionReview({ apiVersion: 'admission.k8s.io/v1', uid: 'u' }, { allowed: false, status }),
    );
    expect(answer).toMatchObject({ response: { allowed: false, status } });
  });
});
