// The calls of Terraform's AWS provider, as OpenTofu's runs of it against a running platform were recorded: made again
// in the same order, they are answered as they were then, and the provider planned nothing after those answers.
// `PODIAM_RECORD=1 npx vitest run --config vitest.system.config.ts test/sdks/terraform` records them anew.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { signRequest } from '../../../src/core/credentials/index.ts';
import { createIamHandler, openAccount } from '../../../src/features/iam/index.ts';
import { callIn, parseRecordings, recordingFile, steadied } from '../../sdks/terraform/recording.ts';
import { httpRequest, must, newPlatform } from '../platform.ts';

async function newCaller() {
  const { ports, clock } = newPlatform();
  const { account, rootKey } = must(await openAccount(ports, 'team'));
  const handler = createIamHandler({ ...ports, checkIssuer: () => Promise.resolve(undefined) });
  const call = async (form: string) => {
    const request = { method: 'POST', target: '/', body: callIn(account.id, form) };
    const unsigned = httpRequest({ ...request, headers: { accept: '*/*' } });
    const signing = { ...rootKey, region: 'us-east-1', service: 'iam', now: clock.now };
    const headers = must(signRequest(unsigned, signing));
    // Later with every call: versions are told apart by their times.
    clock.now += 1000;
    const { status, body } = await handler(httpRequest({ ...request, headers: { accept: '*/*', ...headers } }));
    return { status, answer: steadied(String(body), account.id) };
  };
  return call;
}

const recordings = parseRecordings(readFileSync(recordingFile, 'utf8'));

describe('the calls of Terraform’s AWS provider', () => {
  // An account with a provider, policies and roles; a policy that is changed more often than there may be versions.
  test.each(['account', 'versions'] as const)('are answered as they were: %s', async (name) => {
    const recording = recordings[name] ?? [];
    expect(recording.length).toBeGreaterThan(20);
    const call = await newCaller();
    for (const { call: form, ...answered } of recording) {
      expect({ form, ...(await call(form)) }).toEqual({ form, ...answered });
    }
  });
});
