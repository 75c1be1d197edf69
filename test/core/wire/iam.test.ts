// The IAM's calls apart from the STS's, and their parameters.
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import {
  iamForms,
  isIamCall,
  listOf,
  neededList,
  optional,
  pageShapes,
  parseQueryForm,
  readArguments,
  required,
  tagList,
  textList,
} from '../../../src/core/wire/index.ts';

test.each([
  ['Action=GetRole&Version=2010-05-08', true],
  ['Version=2010-05-08', true],
  ['Action=GetRole&Version=2010-05-08&RoleName=x', true],
  ['Action=GetCallerIdentity&Version=2011-06-15', false],
  ['Action=GetCallerIdentity&Version=2011-06-15&x=Version=2010-05-08', false],
  ['Action=AssumeRole&RoleSessionName=Version%3D2010-05-08&Version=2011-06-15', false],
  ['Action=AssumeRole&aVersion=2010-05-08', false],
  ['Version=2010-05-081', false],
  ['version=2010-05-08', false],
  ['', false],
])('the form %j is for the IAM: %s', (form, isIam) => {
  expect(isIamCall({ body: Buffer.from(form) })).toBe(isIam);
});

describe('the arguments of a call', () => {
  const shape = {
    shapes: [
      required('RoleName', iamForms.roleName),
      optional('MaxSessionDuration', iamForms.sessionSeconds),
      optional('SetAsDefault', iamForms.boolean),
      ...pageShapes,
    ],
    lists: [
      tagList,
      textList('ClientIDList', 3, iamForms.clientId),
      { list: 'ContextEntries', fields: ['ContextKeyName', 'ContextKeyValues.member'], most: 2 },
    ],
  };

  function read(form: string) {
    const parameters = parseQueryForm(`Action=X&Version=2010-05-08&RoleName=r&${form}`);
    return parameters instanceof Refusal ? parameters : readArguments(parameters, shape);
  }

  function told(form: string): string {
    const read_ = read(form);
    return read_ instanceof Refusal ? `${read_.code}: ${read_.sentence}` : 'taken';
  }

  test('have their types', () => {
    const args = read(
      'MaxSessionDuration=3600&SetAsDefault=true&Tags.member.1.Key=a&Tags.member.1.Value=&ClientIDList.member.2=y' +
        '&ClientIDList.member.1=x&ContextEntries.member.1.ContextKeyName=k' +
        '&ContextEntries.member.1.ContextKeyValues.member.1=v',
    );
    if (args instanceof Refusal) throw new Error(args.sentence);
    expect([args.number('MaxSessionDuration'), args.number('MaxItems')]).toEqual([3600, undefined]);
    expect([args.isTrue('SetAsDefault'), args.isTrue('OnlyAttached')]).toEqual([true, false]);
    expect([args.text('RoleName'), args.given('Marker')]).toEqual(['r', undefined]);
    expect(args.texts('ClientIDList')).toEqual(['x', 'y']);
    expect(args.items('Tags').map((item) => [...item])).toEqual([
      [
        ['Key', 'a'],
        ['Value', ''],
      ],
    ]);
    expect(args.items('ContextEntries').map((item) => [...item])).toEqual([
      [
        ['ContextKeyName', 'k'],
        ['ContextKeyValues.member.1', 'v'],
      ],
    ]);
  });

  const invalid = 'query-parameters-invalid: 1 validation error detected: Value';
  test.each([
    ['Tags=', 'taken'],
    ['Tags=x', 'query-parameter-not-taken: The parameter Tags is not taken by this action.'],
    ['Nothing=', 'query-parameter-not-taken: The parameter Nothing is not taken by this action.'],
    [
      'ClientIDList.member.1.Key=x',
      'query-parameter-not-taken: The parameter ClientIDList.member.1.Key is not taken by this action.',
    ],
    [
      'Tags.member.1.Key.member.1=x',
      'query-parameter-not-taken: The parameter Tags.member.1.Key.member.1 is not taken by this action.',
    ],
    ['Tags.member.0.Key=x', 'query-parameter-not-taken: The parameter Tags.member.0.Key is not taken by this action.'],
    [
      'ClientIDList.member.2=x',
      `${invalid} at 'clientIDList' failed to satisfy constraint: Members must be counted from 1 without gaps.`,
    ],
    [
      'MaxItems=0',
      `${invalid} '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1.`,
    ],
    [
      'MaxItems=1001',
      `${invalid} '1001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000.`,
    ],
    ['MaxItems=1e2', `${invalid} '1e2' at 'maxItems' failed to satisfy constraint: Member must be a whole number.`],
    [
      'SetAsDefault=TRUE',
      `${invalid} 'TRUE' at 'setAsDefault' failed to satisfy constraint: Member must satisfy enum value set: [true, false].`,
    ],
    [
      'Tags.member.1.Key=a',
      `${invalid} 'null' at 'tags.1.member.value' failed to satisfy constraint: Member must not be null.`,
    ],
    [
      'ClientIDList.member.1=',
      `${invalid} '' at 'clientIDList.1.member' failed to satisfy constraint: Member must have length greater than or equal to 1.`,
    ],
  ])('%s: %s', (form, expected) => {
    expect(told(form)).toBe(expected);
  });

  test('lack a list that the call needs', () => {
    const parameters = parseQueryForm('Action=X&Tags=');
    if (parameters instanceof Refusal) throw new Error(parameters.sentence);
    const read_ = readArguments(parameters, { shapes: [], lists: [neededList(tagList)] });
    expect(read_).toMatchObject({
      sentence: expect.stringContaining("'tags' failed to satisfy constraint: Member must not be null"),
    });
  });
});

test('a list of nothing is a list', () => {
  expect(listOf([], String)).toEqual({ members: [] });
});
