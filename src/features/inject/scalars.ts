// Which value a plain scalar has to Kubernetes, and how a text is written so that it stays one.
import { isScalar, Schema } from 'yaml';

/** Kubernetes reads YAML 1.1 (`0644` is octal), but takes a date for a text. */
export const kubernetesSchema = new Schema({
  schema: 'yaml-1.1',
  merge: true,
  customTags: (tags) =>
    tags.filter(
      (tag) => (typeof tag === 'string' ? tag : tag.tag) !== 'tag:yaml.org,2002:timestamp' && tag !== 'timestamp',
    ),
});

/** So every scalar is a text, and is printed as it was written: 0644 stays octal, `yes` unquoted. */
export const asWritten = {
  schema: new Schema({ schema: 'failsafe' }),
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

const otherThanText = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
const beginsLikeText = /^[A-Za-z/]/;

const optionsOfTags = { intAsBigInt: false };

/** The value of a scalar without quotes. */
export function resolvePlain(source: string): unknown {
  if (beginsLikeText.test(source) && !otherThanText.test(source)) return source;
  for (const tag of kubernetesSchema.tags) {
    if (tag.collection !== undefined || tag.default !== true || tag.test?.test(source) !== true) continue;
    const value: unknown = tag.resolve(source, () => undefined, optionsOfTags);
    return isScalar(value) ? value.value : value;
  }
  return source;
}

/** Texts that need no quotes in any version of YAML: no indicators, nothing that could be a number or a date. */
const plainText = /^[A-Za-z/](?:[\w./:@+=-]*[\w./@+=-])?$/;

export function needsQuotes(text: string): boolean {
  return !plainText.test(text) || otherThanText.test(text);
}
