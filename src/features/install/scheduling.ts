// Which nodes the pods may run on, from flags as kubectl spells taints and labels.

const key = String.raw`(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?`;
const value = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?`;
const tolerationForm = new RegExp(`^(${key})(?:=(${value}))?(?::(NoSchedule|PreferNoSchedule|NoExecute))?$`);
const labelForm = new RegExp(`^(${key})=(${value})$`);

export const isToleration = (text: string) => tolerationForm.test(text);
export const isNodeLabel = (text: string) => labelForm.test(text);

/** `KEY[=VALUE][:EFFECT]`: without a value any, without an effect all. */
function toleration(text: string) {
  const [, key = '', value, effect] = tolerationForm.exec(text) ?? [];
  const operator = value === undefined ? 'Exists' : 'Equal';
  return { key, operator, ...(value !== undefined && { value }), ...(effect !== undefined && { effect }) };
}

/** In the order of their keys, whoever named them in which. */
function nodeSelector(labels: readonly string[]): Readonly<Record<string, string>> {
  const pairs = labels.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const);
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a pod's spec says of it; nothing where nothing was asked for. */
export function scheduling(tolerations: readonly string[], labels: readonly string[]) {
  return {
    ...(labels.length > 0 && { nodeSelector: nodeSelector(labels) }),
    ...(tolerations.length > 0 && { tolerations: tolerations.map(toleration) }),
  };
}
