// Expressions by name. The API server computes one when another first asks for it, and keeps what came out.

export interface Variable {
  readonly name: string;
  /** In CEL. */
  readonly expression: string;
}

/** Whether annotations have text under a key that is no blank: templates leave such behind. Both are expressions. */
export function isGiven(annotations: string, key: string): string {
  return `(${key} in ${annotations} && ${annotations}[${key}].trim() != '')`;
}

/** A list's items, none where the field is absent: an absent field that is read is an error. */
export function itemsAt(object: string, field: string): string {
  return `(has(${object}.${field}) ? ${object}.${field} : [])`;
}

/** An object's annotations, none where they are absent. */
export function annotationsOf(object: string): string {
  return `has(${object}.metadata.annotations) ? ${object}.metadata.annotations : {}`;
}
