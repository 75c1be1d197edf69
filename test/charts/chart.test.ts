import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  builtInProfiles,
  injectionSettings,
  profileRowSettings,
  settingsOfContainerCredentials,
  settingsOfOneProfile,
} from '../../src/core/injection/index.ts';
import type { Setting } from '../../src/core/settings/index.ts';
import { accessRules, installSettings } from '../../src/features/install/index.ts';
import {
  chartCases,
  fingerprint,
  installedObjects,
  isOfPlatform,
  releasedObjects,
  renderedPath,
  webhookCases,
} from '../../tools/chart/chart.ts';

const shape = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
const schemaShape = z.looseObject({ properties: z.record(z.string(), shape) });

const read = (path: string) => readFileSync(path, 'utf8');
const yaml = (path: string): unknown => parse(read(path));
const values = z.record(z.string(), z.unknown()).parse(yaml('charts/podiam/values.yaml'));
const schema = schemaShape.parse(JSON.parse(read('charts/podiam/values.schema.json')));
const version = z.looseObject({ version: z.string() }).parse(JSON.parse(read('package.json'))).version;

/** What a pod's spec calls so has its name and its form in the chart, too. */
const namesInSpecs = new Map([['toleration', 'tolerations']]);
const camelCase = (name: string) =>
  namesInSpecs.get(name) ?? name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
/** Lists of KEY=VALUE as flags, mappings as values. */
const mappings = new Set(['env', 'node-selector']);
/** The namespace is the release's, and Helm's to make. */
const ofHelm = new Set(['namespace', 'create-namespace']);
const settings = Object.entries<Setting<unknown>>(installSettings).filter(([name]) => !ofHelm.has(name));
const chartOnly = ['affinity', 'podAnnotations', 'podLabels', 'resources', 'platform', 'webhook'];

describe.each(chartCases)('the case $name', (chartCase) => {
  test('is kept as Helm renders this very chart (else: node tools/chart/main.ts --write)', () => {
    expect(read(renderedPath(chartCase))).toContain(fingerprint(chartCase));
  });
});

describe.each(webhookCases)('the webhook of the case $name', ({ flags, ...chartCase }) => {
  test('has the same objects in the chart as from podiam install', async () => {
    const objects = releasedObjects(read(renderedPath(chartCase)));
    expect(objects.filter((object) => !isOfPlatform(object))).toEqual(await installedObjects(flags));
  });
});

test('labels and annotations of one’s own on the pods leave those that select them, and tell of their configuration', () => {
  const template = read('charts/podiam/templates/workload.yaml');
  for (const key of ['name', 'instance', 'component']) expect(template).toContain(`"app.kubernetes.io/${key}"`);
  expect(template).toContain('omit .Values.podAnnotations "podiam.dev/configuration"');
});

test('the pod of helm test is not taken for a webhook by the Service', () => {
  expect(read('test/charts/rendered/defaults.yaml')).toMatch(
    /kind: Pod\n[^]*component: test\n[^]*helm\.sh\/hook: test/,
  );
});

describe('the chart’s values', () => {
  test('are the settings of podiam install, and a few more', () => {
    const names = [...settings.map(([name]) => camelCase(name)), 'injection', 'caBundle', ...chartOnly].sort();
    expect(Object.keys(values).sort()).toEqual(names);
    expect(Object.keys(schema.properties).sort()).toEqual([...names, 'global'].sort());
  });

  test.each(settings.filter(([name]) => !mappings.has(name)))('have the default of %s', (name, { fallback }) => {
    expect(values[camelCase(name)] ?? '').toEqual(fallback ?? '');
  });

  test.each(settings)('are taken by the schema as the setting %s takes them', (name, setting) => {
    const { enum: words = [], maximum, minimum } = schema.properties[camelCase(name)] ?? {};
    // An empty one leaves it to the chart, as not giving it leaves it to the command.
    for (const word of words.filter((each) => each !== '')) expect(setting.read(word)).toBe(word);
    for (const edge of [minimum, maximum]) if (edge !== undefined) expect(setting.read(edge)).toBe(edge);
    if (minimum !== undefined) expect(setting.read(minimum - 1)).not.toBe(minimum - 1);
    if (maximum !== undefined) expect(setting.read(maximum + 1)).not.toBe(maximum + 1);
  });

  test('have all settings of injection', () => {
    const injection = schemaShape.parse(schema.properties['injection']);
    expect(Object.keys(injection.properties).sort()).toEqual(Object.keys(injectionSettings).sort());
  });
});

test('the schema takes every member of a profile’s row', () => {
  const rows = z.looseObject({ items: schemaShape }).parse(schema.properties['profiles']);
  expect(Object.keys(rows.items.properties)).toEqual(Object.keys(profileRowSettings));
});

test('the chart knows the profiles as they are', () => {
  expect(JSON.parse(read('charts/podiam/files/definitions.json'))).toEqual({
    profiles: builtInProfiles.map(({ name, optOutLabel, roleAnnotations, needsStsEndpoint }) => ({
      name,
      optOutLabel,
      roleAnnotations,
      needsStsEndpoint,
    })),
    ofOneProfile: settingsOfOneProfile,
    offByDefault: Object.entries<Setting<unknown>>(injectionSettings)
      .filter(([, { fallback }]) => fallback === false)
      .map(([name]) => name),
    containerCredentials: Object.fromEntries(
      Object.entries(settingsOfContainerCredentials).map(([name, { fallback }]) => [name, fallback]),
    ),
  });
});

test('chart, plugin and package have one version', () => {
  expect(yaml('charts/podiam/Chart.yaml')).toMatchObject({ version, appVersion: version });
  expect(yaml('charts/podiam-postrenderer/plugin.yaml')).toMatchObject({ version, type: 'postrenderer/v1' });
});

test('the documentation gives every right of the webhook with its reason', () => {
  const page = read('docs/install.md').replaceAll(/ +/g, ' ');
  for (const { verbs, resource, reason } of accessRules) {
    expect(page).toContain(`| \`${resource}\` | ${verbs.join(', ')} |`);
    expect(page).toContain(reason);
  }
});
