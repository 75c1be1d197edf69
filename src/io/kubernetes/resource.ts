// What every Kubernetes object has: metadata, by which it is told apart and followed.
import { isObject, type JsonObject, textAt } from './json.ts';

export interface WatchedObject {
  /** Empty for objects of the cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly labels: JsonObject;
  readonly annotations: JsonObject;
  /** The whole object, or of it the metadata alone. */
  readonly object: JsonObject;
}

/** Undefined where it is no object of Kubernetes. */
export function watchedObject(object: JsonObject): WatchedObject | undefined {
  const { metadata } = object;
  if (!isObject(metadata)) return undefined;
  const name = textAt(metadata, 'name');
  if (name === undefined) return undefined;
  const { labels, annotations } = metadata;
  return {
    namespace: textAt(metadata, 'namespace') ?? '',
    name,
    resourceVersion: textAt(metadata, 'resourceVersion') ?? '',
    labels: isObject(labels) ? labels : {},
    annotations: isObject(annotations) ? annotations : {},
    object,
  };
}

/** Neither part can hold a slash. */
export const keyOf = (namespace: string, name: string) => `${namespace}/${name}`;
