// The review that a kube-apiserver 1.36 sends when a ReplicaSet's pod of one container is created: recorded, then given
// the controller as its user. 6 KB, of which metadata.managedFields are 2.5.
import { readFileSync } from 'node:fs';

/** The review's JSON text, as compact as an API server writes it. */
export function admissionReview(): string {
  const review: unknown = JSON.parse(readFileSync(new URL('review.json', import.meta.url), 'utf8'));
  return JSON.stringify(review);
}
