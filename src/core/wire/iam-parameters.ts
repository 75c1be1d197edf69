// What the parameters of the IAM's calls must look like, Version 2010-05-08 (AWS IAM API Reference).
import type { HttpRequest } from './http.ts';
import { type Form, type ListShape, memberName, type Shape } from './query-parameters.ts';

export const iamVersion = '2010-05-08';
export const iamNamespace = 'https://iam.amazonaws.com/doc/2010-05-08/';

const versionParameter = new RegExp(`(?:^|&)Version=${iamVersion}(?:&|$)`);

/** Whether a request to the endpoint that both APIs share is for the IAM's: by the Version that its form names. */
export function isIamCall({ body }: Pick<HttpRequest, 'body'>): boolean {
  const form = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return form.includes(iamVersion) && versionParameter.test(form.toString('latin1'));
}

/** A hundred client ids and fifty tags with their keys and values have room, and so have the actions of a simulation. */
export const mostIamParameters = 1000;

const entityName: Form = { shortest: 1, pattern: /^[\w+=,.@-]+$/ };
const tagText = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]`;
const document: Form = { shortest: 1, longest: 131_072, pattern: /^[\t\n\r\u0020-\u00FF]+$/ };
const arn: Form = { shortest: 20, longest: 2048 };
const boolean: Form = { choices: ['true', 'false'] };

/** Forms that several parameters share, by what they are. */
export const iamForms = {
  roleName: { ...entityName, longest: 64 },
  policyName: { ...entityName, longest: 128 },
  path: { shortest: 1, longest: 512, pattern: /^\/(?:[\u0021-\u007E]*\/)?$/ },
  pathPrefix: { shortest: 1, longest: 512, pattern: /^\/[\u0021-\u007F]*$/ },
  roleDescription: { longest: 1000, pattern: /^[\t\n\r\u0020-\u007E\u00A1-\u00FF]*$/ },
  policyDescription: { longest: 1000 },
  sessionSeconds: { least: 3600, most: 43_200 },
  versionId: { shortest: 2, longest: 10, pattern: /^v[1-9]\d*$/ },
  url: { shortest: 1, longest: 255 },
  clientId: { shortest: 1, longest: 255 },
  document,
  arn,
  boolean,
} as const satisfies Readonly<Record<string, Form>>;

export const required = (parameter: string, form: Form): Shape => ({
  parameter,
  member: memberName(parameter),
  required: true,
  ...form,
});

export const optional = (parameter: string, form: Form): Shape => ({ ...required(parameter, form), required: false });

/** Of every list that comes in pages. */
export const pageShapes: readonly Shape[] = [
  optional('Marker', { shortest: 1, longest: 1024, pattern: /^[\u0020-\u00FF]+$/ }),
  optional('MaxItems', { least: 1, most: 1000 }),
];

export const tagList: ListShape = {
  list: 'Tags',
  fields: ['Key', 'Value'],
  most: 50,
  forms: {
    Key: { shortest: 1, longest: 128, pattern: new RegExp(`^${tagText}+$`, 'u') },
    Value: { longest: 256, pattern: new RegExp(`^${tagText}*$`, 'u') },
  },
};

export const tagKeyList: ListShape = {
  list: 'TagKeys',
  fields: [''],
  least: 1,
  most: 50,
  forms: { '': { shortest: 1, longest: 128, pattern: new RegExp(`^${tagText}+$`, 'u') } },
};

/** The same list, of a call that has to have it. */
export const neededList = (list: ListShape): ListShape => ({ ...list, least: 1 });

/** A list of plain texts that look alike. */
export const textList = (list: string, most: number, form: Form): ListShape => ({
  list,
  fields: [''],
  most,
  forms: { '': form },
});
