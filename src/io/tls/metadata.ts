// @peculiar/x509 is built on a container that will not load without the metadata calls of a withdrawn TC39 proposal.
// These are the ones that it makes; a full polyfill that is loaded already is left alone.

type MetadataKey = string | symbol;

const kept = new WeakMap<object, Map<MetadataKey, unknown>>();

const metadataCalls = {
  defineMetadata(key: MetadataKey, value: unknown, target: object): void {
    const entries = kept.get(target) ?? new Map<MetadataKey, unknown>();
    kept.set(target, entries.set(key, value));
  },
  getOwnMetadata(key: MetadataKey, target: object): unknown {
    return kept.get(target)?.get(key);
  },
  getMetadata(key: MetadataKey, target: object): unknown {
    for (let at: object | null = target; at !== null; at = Reflect.getPrototypeOf(at)) {
      const entries = kept.get(at);
      if (entries?.has(key)) return entries.get(key);
    }
    return undefined;
  },
};

export function provideMetadata(): void {
  if (!('getMetadata' in Reflect)) Object.assign(Reflect, metadataCalls);
}
