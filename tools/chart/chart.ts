// The chart and `podiam install` beside each other: cases, what Helm made of them, and what the command prints. The platform
// is the chart's alone.
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { install } from '../../src/cli/install.ts';

const chartFolder = 'charts/podiam';
/** Any that the chart takes: a Helm that was built from its module pretends to a very old one. */
const kubeVersion = '1.34.0';

const objectShape = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
const caseShape = z.strictObject({
  flags: z.array(z.string()).optional(),
  namespace: z.string(),
  values: z.record(z.string(), z.unknown()),
});

export type RenderedObject = z.infer<typeof objectShape>;

/** The same installation, as flags of `podiam install`, where the webhook is in it, and as values of the chart. */
export interface ChartCase extends z.infer<typeof caseShape> {
  readonly name: string;
}

export const chartCases: readonly ChartCase[] = globSync('test/charts/cases/*.yaml')
  .sort()
  .map((path) => ({ name: basename(path, '.yaml'), ...caseShape.parse(parse(readFileSync(path, 'utf8'))) }));

/** Those with the webhook in them, which `podiam install` installs alike. */
export const webhookCases = chartCases.flatMap(({ flags, ...chartCase }) => (flags ? [{ flags, ...chartCase }] : []));

export function renderedPath({ name }: ChartCase): string {
  return `test/charts/rendered/${name}.yaml`;
}

/** Changes with every byte that Helm's rendering of a case depends on. */
export function fingerprint({ namespace, values }: ChartCase): string {
  const hash = createHash('sha256').update(JSON.stringify([namespace, values]));
  const files = globSync(`${chartFolder}/**/*`, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  for (const path of files.sort()) hash.update(`\0${path}\0`).update(readFileSync(path));
  return hash.digest('hex');
}

export function helmArguments({ namespace }: ChartCase): readonly string[] {
  return ['template', 'podiam', chartFolder, '--namespace', namespace, '--kube-version', kubeVersion, '--values', '-'];
}

function inOrder(objects: readonly RenderedObject[]): readonly RenderedObject[] {
  const key = ({ kind, metadata }: RenderedObject) => `${kind}/${metadata.name}`;
  return objects.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** All that Helm made of a case, with what is for `helm test`. */
export function renderedObjects(rendered: string): readonly RenderedObject[] {
  const documents = parseAllDocuments(rendered).filter(({ contents }) => contents !== null);
  return documents.map((document) => objectShape.parse(document.toJS()));
}

/** What a release consists of: the pod of `helm test` is none of it. */
export function releasedObjects(rendered: string): readonly RenderedObject[] {
  return inOrder(
    renderedObjects(rendered).filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined),
  );
}

export const isOfPlatform = ({ metadata }: RenderedObject) =>
  metadata.labels?.['app.kubernetes.io/component'] === 'platform';

export interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

export async function runInstall(flags: readonly string[]): Promise<Ran> {
  let [output, errors] = ['', ''];
  const code = await install.run(flags, {
    environment: {},
    write: (text) => (output += text),
    writeError: (text) => (errors += text),
    readStandardInput: () => Promise.resolve(''),
    stop: new AbortController().signal,
  });
  return { code, output, errors };
}

/** What `podiam install` prints; Helm makes the Namespace by itself, or not at all. */
export async function installedObjects(flags: readonly string[]): Promise<readonly RenderedObject[]> {
  const { output, errors } = await runInstall(flags);
  if (errors !== '') throw new Error(errors);
  const objects = parseAllDocuments(output, { version: '1.1' }).map((document) => objectShape.parse(document.toJS()));
  return inOrder(objects.filter(({ kind }) => kind !== 'Namespace'));
}
