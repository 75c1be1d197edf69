import { expect, test } from 'vitest';
import { methodNotAllowed } from '../../../src/core/wire/index.ts';

test('405 names the methods that are taken in Allow, as RFC 9110, section 15.5.6, asks', () => {
  const answer = methodNotAllowed({ path: '/readyz', method: 'POST' }, 'GET', 'HEAD');
  expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD', 'content-type': 'application/json' } });
  expect(JSON.parse(String(answer.body))).toEqual({
    code: 'MethodNotAllowed',
    message: '/readyz does not take POST.',
    remedy: 'Use GET, HEAD.',
    reason: 'http-method-not-allowed',
  });
});
