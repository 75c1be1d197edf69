// What a request brings along, before anything is validated: no parameter and no member twice.
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { type HttpRequest, parseQueryForm, parseStrictJson } from '../../core/wire/index.ts';
import type { Given } from './route.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readBody({ body }: HttpRequest): { readonly value: unknown } | Refusal {
  if (body.length === 0) return { value: undefined };
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return refuse('request-body-malformed', { problem: 'it is not UTF-8' });
  }
  const json = parseStrictJson(text);
  return 'problem' in json ? refuse('request-body-malformed', { problem: json.problem }) : json;
}

export function readGiven(request: HttpRequest): Given | Refusal {
  const parameters = parseQueryForm(request.query);
  if (parameters instanceof Refusal) return parameters;
  const body = readBody(request);
  if (body instanceof Refusal) return body;
  const query = [...parameters].filter(([name]) => !name.startsWith('X-Amz-'));
  return { query: Object.fromEntries(query), body: body.value };
}
