import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { aws, settleProfile } from '../../../src/core/injection/index.ts';
import { Refusal, RefusedError } from '../../../src/core/refusals/index.ts';
import { type InjectOptions, injectManifests } from '../../../src/features/inject/index.ts';

const role = 'arn:aws:iam::111122223333:role/s3';

function taken<Value>(value: Value | Refusal): Value {
  if (value instanceof Refusal) throw new RefusedError(value);
  return value;
}

const config = { profiles: [taken(settleProfile(aws))] } as const;

function inject(text: string | readonly string[], options: InjectOptions = {}) {
  const inputs = [text].flat().map((text, index) => ({ name: `${'abc'[index]}.yaml`, text }));
  const injected = taken(injectManifests(inputs, config, options));
  return { ...injected, changed: injected.changes.length };
}

const account = (namespace = 'default', value = role) =>
  `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web\n  namespace: ${namespace}\n  annotations: {eks.amazonaws.com/role-arn: "${value}"}\n`;

const template = (indent: string) =>
  ['metadata: {}', 'spec:', '  serviceAccountName: web', '  containers:', '  - name: app', '    image: app:1']
    .map((line) => `${indent}${line}\n`)
    .join('');

const pod = `apiVersion: v1\nkind: Pod\n${template('').replace('{}', '{name: my-app}')}`;

const holders = [
  ['v1', 'Pod', template('')],
  ['v1', 'PodTemplate', `template:\n${template('  ')}`],
  ['v1', 'ReplicationController', `spec:\n  template:\n${template('    ')}`],
  ['apps/v1', 'Deployment', `spec:\n  template:\n${template('    ')}`],
  ['apps/v1', 'StatefulSet', `spec:\n  template:\n${template('    ')}`],
  ['apps/v1', 'DaemonSet', `spec:\n  template:\n${template('    ')}`],
  ['apps/v1', 'ReplicaSet', `spec:\n  template:\n${template('    ')}`],
  ['batch/v1', 'Job', `spec:\n  template:\n${template('    ')}`],
  ['batch/v1', 'CronJob', `spec:\n  jobTemplate:\n    spec:\n      template:\n${template('        ')}`],
] as const;

describe('manifests', () => {
  it.each(holders)('%s %s is injected at its pod template', (apiVersion, kind, rest) => {
    const { changed, output } = inject(`apiVersion: ${apiVersion}\nkind: ${kind}\n${rest}---\n${account()}`);
    expect(changed).toBe(1);
    expect(output.match(/AWS_ROLE_ARN/g)).toHaveLength(1);
    expect(output.match(/- name: aws-iam-token\n +projected/g)).toHaveLength(1);
  });

  it.each([
    ['batch.volcano.sh/v1alpha1', 'Job'],
    ['v1', 'Deployment'],
    ['example.com/v1', 'Pod'],
  ])('%s %s is another kind, and left alone', (apiVersion, kind) => {
    const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nspec:\n  template:\n${template('    ')}---\n${account()}`;
    expect(inject(text).output).toBe(text);
  });

  it('keep comments, order, spelling of scalars and their lists’ indentation; what is untouched stays byte for byte', () => {
    const untouched = `---\n# odd   spacing\nkind:   ConfigMap\napiVersion: v1\ndata: {a:   "b" , c: yes}\n`;
    const text = `# Source: chart/pod.yaml
apiVersion: v1
kind: Pod
metadata:
  name: my-app # its name
spec:
  # who it is
  serviceAccountName: web
  containers:
    - name: app
      image: 'app:1'
      args: ["--on", yes, 0644, 1_000, 12:30:45, 2001-12-14, ~, 12345678901234567890]
      env:
        - {name: MODE, value: "off"}
      # behind
  volumes:
    - name: data
      configMap: {name: c, defaultMode: 0644}
`;
    const expected = text
      .replace(
        `      # behind\n`,
        `        - name: AWS_ROLE_ARN
          value: ${role}
        - name: AWS_WEB_IDENTITY_TOKEN_FILE
          value: /var/run/secrets/eks.amazonaws.com/serviceaccount/token
      volumeMounts:
        - name: aws-iam-token
          readOnly: true
          mountPath: /var/run/secrets/eks.amazonaws.com/serviceaccount
      # behind
`,
      )
      .replace(
        `  volumes:\n`,
        `  volumes:
    - name: aws-iam-token
      projected:
        sources:
          - serviceAccountToken:
              audience: sts.amazonaws.com
              expirationSeconds: 86400
              path: token
`,
      );
    const { output } = inject(`${text}${untouched}---\n${account()}`);
    expect(output).toBe(`${expected}${untouched}---\n${account()}`);
  });

  it('F9 injected once more stay as they are', () => {
    const once = inject(`${pod}---\n${account()}`).output;
    expect(inject(once)).toMatchObject({ output: once, changed: 0 });
  });

  it('find an account that comes last, in another file, and only in their own namespace', () => {
    expect(inject([pod, account()]).changed).toBe(1);
    expect(inject([pod, account('dev')]).changed).toBe(0);
    expect(inject([pod, account('dev')], { defaultNamespace: 'dev' }).changed).toBe(1);
  });

  it('expand anchors, aliases and merges before one of their places is changed', () => {
    const text = `apiVersion: v1
kind: Pod
metadata: {name: my-app}
spec:
  serviceAccountName: web
  containers:
  - &base
    name: one
    env: &env
    - {name: MODE, value: x}
  - <<: *base
    name: two
  - name: three
    env: *env
---
${account()}`;
    const { output } = inject(text);
    const [document] = parseAllDocuments(output);
    const value: unknown = document?.toJS();
    const injected = { name: 'AWS_ROLE_ARN', value: role };
    expect(value).toMatchObject({
      spec: { containers: ['one', 'two', 'three'].map((name) => ({ name, env: [{ name: 'MODE' }, injected, {}] })) },
    });
    expect(output).not.toMatch(/[&*](?:base|env)/);
  });

  it('keep every comment, also where an anchor stands in the way and the document is laid out anew', () => {
    const text = `apiVersion: v1
kind: Pod
metadata: {name: my-app}
spec:
  serviceAccountName: web
  containers:
  - &base # the first
    name: one
    env: # of the first
      # none yet
    # before mounts
    volumeMounts: ~ # nothing
    image: |  # block
      # no comment
  - <<: *base # merged
    name: two
  - name: three
    env: &env # own
    # item
    - {name: MODE, value: "# no comment"} # mode
  - name: four
    env: *env # aliased
  # last
---
${account()}`;
    const { output, changed } = inject(text);
    expect(changed).toBe(1);
    const comments = [
      'the first',
      'of the first',
      'none yet',
      'before mounts',
      'nothing',
      'block',
      'merged',
      'own',
      'item',
    ];
    for (const comment of [...comments, 'mode', 'aliased', 'last'])
      expect(output).toMatch(new RegExp(`# ${comment}$`, 'm'));
    const [document] = parseAllDocuments(output);
    expect(document?.toJS()).toMatchObject({ spec: { containers: [{ image: '# no comment\n' }, {}, {}, {}] } });
    expect(inject(output)).toMatchObject({ changed: 0, output });
  });

  it('keep folded texts, tabs, tags, quotes over lines and anchors elsewhere as they are', () => {
    const text = `apiVersion: v1
kind: Pod
metadata:
    name: my-app
    annotations:
        note: >-
            folded
            text

            on lines
        quoted: "begins
            and ends"
        tagged: !!str 12
        anchored: &note   spaced   # twice\there
        again:   *note
spec:
    serviceAccountName: web
    initContainers: []
    containers:
    -   image: |
            app
        name:   app
        env: []   # none yet
    volumes: [ {name: data, emptyDir: {}},
               {name: cache, emptyDir: {}}, ]
`;
    const { output } = inject(`${text}---\n${account()}`);
    const variables = `        env:   # none yet
        - name: AWS_ROLE_ARN
          value: ${role}
        - name: AWS_WEB_IDENTITY_TOKEN_FILE
          value: /var/run/secrets/eks.amazonaws.com/serviceaccount/token
        volumeMounts:
        - name: aws-iam-token
          readOnly: true
          mountPath: /var/run/secrets/eks.amazonaws.com/serviceaccount
`;
    const volume =
      '{name: aws-iam-token, projected: {sources: [{serviceAccountToken: {audience: sts.amazonaws.com, expirationSeconds: 86400, path: token}}]}}';
    const expected = text
      .replace('        env: []   # none yet\n', variables)
      .replace('[ {name: data', `[ ${volume}, {name: data`);
    expect(output).toBe(`${expected}---\n${account()}`);
  });

  it('keep what is written on one line on one line', () => {
    const text = `{apiVersion: v1, kind: Pod, metadata: {name: my-app}, spec: {serviceAccountName: web, containers: [{name: app}]}}\n`;
    const { output, changed } = inject(`${text}---\n${account()}`);
    expect(changed).toBe(1);
    expect(output.split('\n---')[0]).toMatch(
      /containers: \[\{name: app, env: \[\{name: AWS_ROLE_ARN, value: "arn:[^\n]*\}$/,
    );
    expect(inject(output)).toMatchObject({ output, changed: 0 });
  });

  it('in Lists are injected item by item, also where the items name no kind', () => {
    const item = pod.replaceAll('\n', '\n  ').trimEnd();
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${item}\n- ${account().replaceAll('\n', '\n  ').trimEnd()}\n`;
    expect(inject(list).changed).toBe(1);
    const bare = list.replace('kind: List', 'kind: PodList').replace('- apiVersion: v1\n  kind: Pod\n  ', '- ');
    expect(inject(bare).changed).toBe(1);
  });

  it('without anything in them are printed as they are', () => {
    for (const text of ['', '\n', '# nothing\n', '---\n---\n# a\n---\n', 'just text', '- a\n- b\n', '...\n']) {
      expect(inject(text)).toMatchObject({ output: text, changed: 0 });
    }
  });

  it('keep lines that end in CRLF', () => {
    const { output, changed } = inject(`${pod}---\n${account()}`.replaceAll('\n', '\r\n'));
    expect(changed).toBe(1);
    expect(output.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('do not take a marker within a block scalar’s indentation for their end', () => {
    const text = `apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    x\n    ---\n    y\n`;
    expect(inject(text).output).toBe(text);
  });
});

describe('JSON', () => {
  const value = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'my-app' },
    spec: { serviceAccountName: 'web', containers: [{ name: 'app' }] },
  };

  it('comes out as JSON, one object or a stream of them', () => {
    const stream = `${JSON.stringify(value)}\n${JSON.stringify(parse(account()))}\n`;
    const { output, changed } = inject(stream);
    expect(changed).toBe(1);
    expect(output).toContain('"aws-iam-token"');
    expect(output.endsWith(`${JSON.stringify(parse(account()))}\n`)).toBe(true);
    expect(inject(output)).toMatchObject({ output, changed: 0 });
  });

  it('asked for comes out of YAML as one value, a List where there are several, with octal numbers as Kubernetes reads them', () => {
    const mode = pod.replace('image: app:1', 'image: app:1\n    ports: [{containerPort: 0644}]');
    const list: unknown = JSON.parse(inject(`${mode}---\n# nothing\n---\n${account()}`, { output: 'json' }).output);
    expect(list).toMatchObject({ kind: 'List', items: [{ kind: 'Pod' }, { kind: 'ServiceAccount' }] });
    const one: unknown = JSON.parse(inject(mode, { output: 'json' }).output);
    expect(one).toMatchObject({ kind: 'Pod', spec: { containers: [{ ports: [{ containerPort: 420 }] }] } });
  });

  it('comes out as YAML where that is asked for', () => {
    const { output } = inject([JSON.stringify(value), account()], { output: 'yaml' });
    expect(output).not.toContain('{"');
    expect(parseAllDocuments(output).map((document) => document.get('kind'))).toEqual(['Pod', 'ServiceAccount']);
  });
});

describe('what becomes of each', () => {
  it('is explained', () => {
    const { explanations } = inject(
      `${pod}---\n${pod.replace('my-app', 'other').replace('web', 'none')}---\n${account()}`,
    );
    expect(explanations).toEqual([
      `a.yaml:1: Pod default/my-app: injected my-app as ${role} (service account annotation)`,
      'a.yaml:9: Pod default/other: left alone: the service account default/none was not found',
    ]);
  });

  it('is a warning for a role that may not be used, and a refusal under deny', () => {
    const text = `${pod}---\n${account('default', 's3')}`;
    expect(inject(text)).toMatchObject({ output: text, changed: 0, refused: 1 });
    expect(inject(text).warnings.join()).toContain('a.yaml:1: Pod default/my-app: not injected: The value ‘s3’');
    const refusal = injectManifests([{ name: 'a.yaml', text }], config, { onRefusal: 'deny' });
    expect(refusal instanceof Refusal && refusal.code).toBe('manifest-refused');
  });

  it('follows the namespace’s own list of roles', () => {
    const namespace =
      'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: default\n  annotations: {podiam.dev/allowed-roles: "team-*"}\n';
    expect(inject([pod, account(), namespace])).toMatchObject({ changed: 0, refused: 1 });
  });
});

describe('an object of a list', () => {
  const item = pod.replaceAll('\n', '\n  ').trimEnd();
  const yaml = `# two pods\napiVersion: v1\nkind: List\nitems:\n- ${item}\n- ${item.replace('my-app', 'b')}\n`;
  const anchored = yaml.replace('# two pods', 'metadata: &m {}');
  const inner: unknown = { ...Object(parse(yaml)), kind: 'List' };
  const json = JSON.stringify(
    { note: '}"{[,', kind: 'List', apiVersion: 'v1', items: [inner, { items: 1 }] },
    undefined,
    1,
  );

  it.each([
    ['YAML', yaml, [5, 13]],
    ['YAML that only the full reader can tell', anchored, [5, 13]],
    ['YAML of a second document', `---\na: b\n---\n${yaml}`, [8, 16]],
    ['a list in a list of JSON', `\n${json}`, ['"my-app"', '"b"'].map((name) => lineOfObjectWith(`\n${json}`, name))],
  ])('is told with its own line: %s', (_, text, lines) => {
    const { explanations } = inject([text, account()]);
    expect(explanations.map((line) => Number(line.split(':')[1]))).toEqual(lines);
    const { warnings } = inject([text, account('default', 's3')]);
    expect(warnings.map((line) => Number(line.split(':')[1]))).toEqual(lines);
  });
});

/** Three lines above its name: metadata, kind, apiVersion, and the brace. */
function lineOfObjectWith(json: string, name: string): number {
  return json.slice(0, json.indexOf(`"name": ${name}`)).split('\n').length - 4;
}

describe('malformed input is told with file, line and column', () => {
  it.each([
    ['a: b\n---\na: b: c\n', 'a.yaml:3:4:'],
    ['a: b\n---\na:\n\t- b\n', 'a.yaml:4:'],
    ['a: b\na: c\n', 'a.yaml:2:1:'],
    ['a: [1, 2\n', 'a.yaml:2:1:'],
    ['{"a": 1,, "b": 2}\n', 'a.yaml:1:9:'],
    ['a: *nobody\n', 'a.yaml:1:'],
  ])('%j at %s', (text, where) => {
    const refusal = injectManifests([{ name: 'a.yaml', text }], config);
    expect(refusal instanceof Refusal && refusal.code).toBe('manifest-malformed');
    expect(refusal instanceof Refusal && refusal.sentence).toContain(where);
    expect(refusal instanceof Refusal && refusal.remedy).toMatch(/^Expected ./);
  });

  it('A21 also where it nests without end or its aliases multiply', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [index, name] of 'bcdefgh'.split('').entries()) {
      bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcdefgh'[index]}`).join(', ')}]`);
    }
    for (const text of [`${bomb.join('\n')}\n`, `a: ${'['.repeat(50_000)}`]) {
      expect(injectManifests([{ name: 'a.yaml', text }], config)).toBeInstanceOf(Refusal);
    }
  });
});
