// Where the platform speaks the AWS Query protocol; the Version in the form says which of its APIs is meant.

/** SDKs differ in whether they add a last slash. */
const queryPaths: ReadonlySet<string> = new Set([
  '/',
  '/sts',
  '/sts/',
  '/v2/assumed-roles/compatibility/aws/sts',
  '/v2/assumed-roles/compatibility/aws/sts/',
]);

export function isQueryPath(path: string): boolean {
  return queryPaths.has(path);
}
