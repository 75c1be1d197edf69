// Objects as text for `kubectl apply -f -`: the same objects are the same bytes.
import { stringify } from 'yaml';
import type { KubernetesObject } from './object.ts';

/** For readers of YAML 1.1, which Kubernetes' are: texts such as "yes" and "0644" are quoted. */
function yamlText(object: KubernetesObject): string {
  return stringify(object, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

export function printObjects(objects: readonly KubernetesObject[], format: 'yaml' | 'json'): string {
  if (format === 'yaml') return objects.map(yamlText).join('---\n');
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, undefined, 2)}\n`;
}
