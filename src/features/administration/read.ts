// What a request brings along, before anything is validated: no parameter and no member twice. Reading a body so takes a
// tenth of a second for each megabyte, during which nobody else is served: so it is as long as the operation needs.
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { type HttpRequest, parseQueryForm, parseStrictJson } from '../../core/wire/index.ts';
import type { Given } from './route.ts';

/** Bytes. The longest is a cluster's registration, with its keys, two authorities and a reviewer's token. */
const longestBody = 262_144;
/** Of operations that take nothing, whose clients may write that as `{}`. */
const longestNothing = 64;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readBody(body: Uint8Array, longest: number): { readonly value: unknown } | Refusal {
  if (body.length === 0) return { value: undefined };
  if (body.length > longest) return refuse('http-body-too-large', { limit: longest });
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return refuse('request-body-malformed', { problem: 'it is not UTF-8' });
  }
  const json = parseStrictJson(text);
  return 'problem' in json ? refuse('request-body-malformed', { problem: json.problem }) : json;
}

/** @param takesBody whether the operation has a use for one */
export function readGiven(request: HttpRequest, takesBody: boolean): Given | Refusal {
  const parameters = parseQueryForm(request.query);
  if (parameters instanceof Refusal) return parameters;
  const body = readBody(request.body, takesBody ? longestBody : longestNothing);
  if (body instanceof Refusal) return body;
  const query = [...parameters].filter(([name]) => !name.startsWith('X-Amz-'));
  return { query: Object.fromEntries(query), body: body.value };
}
