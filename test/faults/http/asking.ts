// The webhook as a function, and reviews for it.
import {
  aws,
  type InjectionConfig,
  isObject,
  type JsonObject,
  settleProfile,
} from '../../../src/core/injection/index.ts';
import { Refusal, RefusedError } from '../../../src/core/refusals/index.ts';
import type { HttpHandler } from '../../../src/core/wire/index.ts';
import { type AdmissionPorts, createAdmissionHandler } from '../../../src/features/webhook/index.ts';

export const roleKey = 'eks.amazonaws.com/role-arn';
export const arn = (name: string) => `arn:aws:iam::111122223333:role/${name}`;

export function configOf(over: Partial<InjectionConfig> = {}): InjectionConfig {
  const settled = settleProfile(aws, { 'role-account': '111122223333' });
  if (settled instanceof Refusal) throw new RefusedError(settled);
  return { profiles: [settled], ...over };
}

export function createWebhook(ports: Partial<AdmissionPorts> = {}): HttpHandler {
  return createAdmissionHandler({
    config: () => configOf(),
    onRefusal: 'warn',
    findServiceAccount: () => ({ annotations: { [roleKey]: arn('s3') } }),
    log: () => undefined,
    ...ports,
  });
}

export const pod = { metadata: { name: 'web' }, spec: { serviceAccountName: 'web', containers: [{ name: 'app' }] } };

export function reviewOf(over: JsonObject = {}, apiVersion = 'admission.k8s.io/v1'): JsonObject {
  const request = { uid: 'u', kind: { kind: 'Pod' }, operation: 'CREATE', namespace: 'dev', object: pod, ...over };
  return { apiVersion, kind: 'AdmissionReview', request };
}

export interface Reviewed {
  readonly status: number;
  /** Of the answer's body. */
  readonly length: number;
  readonly response: JsonObject;
  /** The patch as a text; empty where there is none. */
  readonly patch: string;
}

export async function ask(handler: HttpHandler, review: JsonObject, query = 'timeout=10s'): Promise<Reviewed> {
  const { status, body } = await handler({
    method: 'POST',
    target: `/mutate?${query}`,
    path: '/mutate',
    query,
    rawHeaders: ['Content-Type', 'application/json'],
    body: Buffer.from(JSON.stringify(review)),
    peer: { address: '127.0.0.1', encrypted: true },
  });
  const text = body.toString();
  const value: unknown = JSON.parse(text);
  const response = isObject(value) && isObject(value['response']) ? value['response'] : {};
  const { patch } = response;
  const decoded = typeof patch === 'string' ? Buffer.from(patch, 'base64').toString() : '';
  return { status, length: text.length, response, patch: decoded };
}
