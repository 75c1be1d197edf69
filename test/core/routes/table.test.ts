import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { matchRoute, parseRouteTable, readPath } from '../../../src/core/routes/index.ts';

const read: unknown = parse(readFileSync('examples/platform-api/routes.yaml', 'utf8'));
const table = parseRouteTable(read);
const account = '123456789012';

function match(method: string, path: string) {
  if (table instanceof Refusal) throw new Error(table.explain());
  return matchRoute(table, { method, path }, account);
}

describe('the example’s route table maps each request to its action', () => {
  test.each([
    ['GET', '/v1/instances', 'compute:ListInstances', 'instance/*'],
    ['HEAD', '/v1/instances', 'compute:ListInstances', 'instance/*'],
    ['GET', '/v1/instances/web-1', 'compute:GetInstance', 'instance/web-1'],
    ['GET', '/v1/instances/a%20b', 'compute:GetInstance', 'instance/a b'],
    ['POST', '/v1/instances/web-1/reboot', 'compute:RebootInstance', 'instance/web-1'],
    ['DELETE', '/v1/instances/web-1', 'compute:DeleteInstance', 'instance/web-1'],
  ])('%s %s is %s', (method, path, action, resource) => {
    expect(match(method, path)).toEqual({ action, resource: `arn:aws:compute::${account}:${resource}` });
  });
});

describe('no route, no access', () => {
  test.each([
    ['PUT', '/v1/instances/web-1'],
    ['OPTIONS', '/v1/instances'],
    ['GET', '/V1/instances'],
    ['GET', '/'],
    ['GET', '/v1/instances/web-1/console'],
  ])('%s %s', (method, path) => {
    expect(match(method, path)).toMatchObject({ code: 'gateway-no-route', status: 403 });
  });
});

describe('a path that names an account', () => {
  const keys = {
    method: 'GET',
    path: '/v1/accounts/{account}/keys/{id}',
    action: 'x:GetKey',
    resource: 'arn:aws:x::{account}:key/{id}',
  };
  const accounts = parseRouteTable({ service: 'x', routes: [keys] });
  const ask = (path: string) => {
    if (accounts instanceof Refusal) throw new Error(accounts.explain());
    return matchRoute(accounts, { method: 'GET', path }, account);
  };

  test('is judged where that account is the caller’s own', () => {
    expect(ask(`/v1/accounts/${account}/keys/1`)).toEqual({
      action: 'x:GetKey',
      resource: `arn:aws:x::${account}:key/1`,
    });
  });

  test.each(['999999999999', `${account}0`, '*', `${account}%20`, '{account}'])(
    'is no route where it is another’s, so that nothing is judged as mine and served as theirs: %s',
    (other) => {
      expect(ask(`/v1/accounts/${other}/keys/1`)).toMatchObject({ code: 'gateway-no-route', status: 403 });
    },
  );
});

describe('A24 a path that servers read in different ways is refused', () => {
  test.each([
    '//v1/instances',
    '/v1/instances/',
    '/v1/./instances',
    '/v1/x/../instances',
    '/v1/%2e%2e/instances',
    '/v1%2Finstances',
    '/v1/instances%5C..',
    '/v1/instances\\x',
    '/v1/instances/%00',
    '/v1/instances/a;b',
    '/v1/instances/%252F',
    '/v1/instances/%FF',
    '/v1/instances/%',
    '/v1/instances#x',
    'v1/instances',
  ])('%s', (path) => {
    expect(readPath(path)).toMatchObject({ code: 'gateway-path-ambiguous', status: 400 });
  });
});

describe('a wrong table is refused, with the place', () => {
  const row = { method: 'GET', path: '/a/{id}', action: 'x:Get', resource: 'arn:aws:x::{account}:a/{id}' };
  test.each([
    [
      { service: 'x', routes: [row, { ...row, path: '/a/b', resource: 'arn:aws:x:::b' }] },
      'route-table-overlap',
      '/a/{id} and /a/b',
    ],
    [{ service: 'x', routes: [{ ...row, resource: 'arn:aws:x:::{name}' }] }, 'route-table-invalid', '{name}'],
    [{ service: 'x', routes: [{ ...row, method: 'BREW' }] }, 'route-table-invalid', 'routes.0.method'],
    [{ service: 'x', routes: [{ ...row, extra: 1 }] }, 'route-table-invalid', 'routes.0'],
    [{ service: 'x', routes: [] }, 'route-table-invalid', 'routes'],
    ['text', 'route-table-invalid', ''],
    [{ service: 'x', routes: [{ ...row, resource: 'arn:aws:x:::{my-id}' }] }, 'route-table-invalid', 'brace'],
    [{ service: 'x', routes: [{ ...row, resource: 'arn:x' }] }, 'route-table-invalid', 'six parts'],
    [{ service: 'x', routes: [{ ...row, resource: 'arn:aws:x:{id}::y' }] }, 'route-table-invalid', '{id}'],
  ])('%j', (value, code, place) => {
    const refused = parseRouteTable(value);
    expect(refused).toMatchObject({ code });
    expect(refused instanceof Refusal && refused.sentence).toContain(place);
  });
});

describe('a route that would never match, or match otherwise than meant, is refused', () => {
  const table = (path: string) => ({
    service: 'x',
    routes: [{ method: 'GET', path, action: 'x:Get', resource: 'arn:aws:x:::y' }],
  });

  test.each([
    ['/a/{id}/b/{id}', '{id} twice'],
    ['/a/{account}/b/{account}', '{account} twice'],
    ['/a/{id}.json', 'segment {id}.json'],
    ['/a/v{id}', 'segment v{id}'],
    ['/a/{my-id}', 'segment {my-id}'],
    ['/a/{}', 'segment {}'],
    ['/a/{id', 'segment {id'],
    ['/a/{x}{y}', 'segment {x}{y}'],
    ['/a?x=1', 'has a ?'],
    ['/a#b', 'has a #'],
    ['/a%20b', 'has a %'],
    ['/a//b', 'an empty segment'],
    ['//a', 'an empty segment'],
    ['/a/', 'an empty segment'],
    ['/a/./b', 'a dot segment'],
    ['/a/../b', 'a dot segment'],
    ['/a;v=1/b', 'a semicolon'],
    ['/a\\b', 'a backslash'],
  ])('%s', (path, problem) => {
    const refused = parseRouteTable(table(path));
    expect(refused).toMatchObject({ code: 'route-table-invalid' });
    expect(refused instanceof Refusal && refused.sentence).toContain(problem);
  });

  test('the root is a path', () => {
    expect(parseRouteTable(table('/'))).toMatchObject({ service: 'x' });
  });
});
