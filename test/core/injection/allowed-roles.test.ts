import { describe, expect, it } from 'vitest';
import { allowedRolesSettings } from '../../../src/core/injection/index.ts';
import { Problem } from '../../../src/core/settings/index.ts';

const { read } = allowedRolesSettings['allowed-roles'];

describe('the list of allowed roles', () => {
  it('is rows of a namespace and roles, or empty, which allows none', () => {
    const rows = [{ namespace: 'team-*', roles: ['team-a/*', 'arn:aws:iam::111122223333:role/s3'] }];
    expect(read(rows)).toEqual(rows);
    expect(read([])).toEqual([]);
    expect(read([{ namespace: 'dev' }])).toEqual([{ namespace: 'dev', roles: [] }]);
  });

  it.each([
    [{}, undefined],
    ['dev', undefined],
    [['dev'], '[0]'],
    [[{ roles: ['s3'] }], '[0].namespace'],
    [[{ namespace: 'dev', roles: [] }, { namespace: 'Dev/web' }], '[1].namespace'],
    [[{ namespace: 'dev', roles: ['s3', ' '] }], '[0].roles[1]'],
    [[{ namespace: 'dev', roles: [1] }], '[0].roles'],
    [[{ namespace: 'dev', role: 's3' }], '[0].role'],
  ])('%j is refused at %s', (raw, path) => {
    const problem = read(raw);
    expect(problem instanceof Problem && problem.place?.path).toBe(path);
    expect(problem).toBeInstanceOf(Problem);
  });
});
