// docs/annotations.md: its table is written from the profiles, and its examples do what the page says they do.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { inject } from '../../src/cli/inject.ts';
import { findMappedRole, parseRoleMapping } from '../../src/core/injection/index.ts';
import { Refusal, RefusedError } from '../../src/core/refusals/index.ts';
import { renderAnnotations } from '../../tools/docs/annotations.ts';

const page = readFileSync('docs/annotations.md', 'utf8');
const examples = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text);
const [account = '', pod = '', configMap = ''] = examples;

test('the table of profiles is as npm run docs writes it', () => {
  expect(page).toBe(renderAnnotations(page));
});

const podShape = z.object({
  kind: z.literal('Pod'),
  spec: z.object({
    volumes: z.array(z.object({ projected: z.object({ sources: z.array(z.unknown()) }).optional() })),
    containers: z.array(
      z.object({ name: z.string(), env: z.array(z.looseObject({ name: z.string(), value: z.string() })).default([]) }),
    ),
  }),
});

test('the pod of the example is injected as the page says, container by container', async () => {
  let [output, errors] = ['', ''];
  const code = await inject.run(['--profile=aws'], {
    environment: {},
    write: (text) => (output += text),
    writeError: (text) => (errors += text),
    readStandardInput: () => Promise.resolve(`${account}---\n${pod}`),
    stop: new AbortController().signal,
  });
  expect({ code, errors }).toMatchObject({ code: 0 });
  const [made] = parseAllDocuments(output).flatMap((document) => {
    const parsed = podShape.safeParse(document.toJS());
    return parsed.success ? [parsed.data] : [];
  });
  const { containers = [], volumes } = made?.spec ?? {};
  const roles = containers.map(({ env, name }) => [name, env.find((each) => each.name === 'AWS_ROLE_ARN')?.value]);
  expect(Object.fromEntries(roles)).toEqual({
    app: 'arn:aws:iam::111122223333:role/basket',
    report: 'arn:aws:iam::111122223333:role/reports',
    proxy: undefined,
  });
  expect(JSON.stringify(volumes)).toContain('"expirationSeconds":3600');
});

test('the mapping of the example is read whole, and names the roles that it seems to', () => {
  const { config } = z.object({ data: z.object({ config: z.string() }) }).parse(parse(configMap)).data;
  const mapping = parseRoleMapping(config);
  if (mapping instanceof Refusal) throw new RefusedError(mapping);
  expect(findMappedRole(mapping, 'shop', 'basket')).toMatchObject({
    role: 'arn:aws:iam::111122223333:role/basket',
    containerRoles: new Map([['report', 'arn:aws:iam::111122223333:role/reports']]),
  });
  expect(findMappedRole(mapping, 'test-7', 'basket')).toMatchObject({
    role: 'arn:aws:iam::444455556666:role/basket',
    regionalSts: true,
    tokenExpiration: 3600,
  });
});
