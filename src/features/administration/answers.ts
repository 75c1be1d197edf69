// What all answers of the API are made of: times, tags, documents, one record or a list of them. The records themselves stand
// in the files beside: each in its JSON form, with the schema that says so in the OpenAPI document.
import { z } from 'zod';

export const time = z.iso.datetime();
export const isoTime = (ms: number) => new Date(ms).toISOString();

/** A document as JSON, so that nobody has to read JSON inside JSON; as its text where it is none any more. */
export function documentOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const tag = z.object({ key: z.string(), value: z.string() });

/** A list under its plural, and where its next page begins: empty on the last one. */
export const listAnswer = (plural: string, item: z.ZodType) =>
  z.object({ [plural]: z.array(item), meta: z.object({ links: z.object({ next: z.string() }) }) });

/** One record under its name. */
export const oneAnswer = (name: string, item: z.ZodType) => z.object({ [name]: item });
