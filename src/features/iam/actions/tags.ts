// Tags of roles, policies and providers, which all follow the same rules (AWS IAM User Guide, "Tags for IAM resources").
import type { Context } from '../../../core/policy/index.ts';
import { Refusal, refuse } from '../../../core/refusals/index.ts';
import { fixedQuotas, type Tag } from '../../../core/registry/index.ts';
import type { Arguments } from '../../../core/wire/index.ts';

const fold = (key: string) => key.toLowerCase();

/** AWS General Reference, "Tagging your AWS resources": a person's tags are not taken for the system's, in any case. */
const reserved = /^aws:/i;

/** The tags that a call lists. */
export function readTags(args: Arguments): readonly Tag[] | Refusal {
  const tags = args.items('Tags').map((item) => ({ key: item.get('Key') ?? '', value: item.get('Value') ?? '' }));
  const isRepeated = new Set(tags.map(({ key }) => fold(key))).size < tags.length;
  if (isRepeated) return refuse('iam-tags-repeated', {});
  const unfit = tags.find(({ key }) => reserved.test(key));
  return unfit === undefined ? tags : refuse('iam-tag-reserved', { key: unfit.key });
}

/** What is there, with new tags in the place of those of the same key. */
export function withTags(tags: readonly Tag[], added: readonly Tag[]): readonly Tag[] | Refusal {
  const replaced = new Set(added.map(({ key }) => fold(key)));
  const all = [...tags.filter(({ key }) => !replaced.has(fold(key))), ...added];
  const limit = fixedQuotas.tags;
  return all.length > limit ? refuse('iam-tags-limit', { limit }) : all;
}

export function withoutTags(tags: readonly Tag[], keys: readonly string[]): readonly Tag[] {
  const removed = new Set(keys.map(fold));
  return tags.filter(({ key }) => !removed.has(fold(key)));
}

/** Condition keys for what a resource is tagged with. */
export function resourceTagKeys(tags: readonly Tag[]): Context {
  return new Map(
    tags.flatMap(({ key, value }) => [
      [`aws:ResourceTag/${key}`, [value]],
      [`iam:ResourceTag/${key}`, [value]],
    ]),
  );
}

/** Condition keys for the tags that a call is to set, or the keys of those that it is to take away. */
export function requestTagKeys(args: Arguments): Context {
  const tags = args.items('Tags');
  const keys = [...tags.map((item) => item.get('Key') ?? ''), ...args.texts('TagKeys')];
  const context = new Map<string, readonly string[]>();
  for (const item of tags) context.set(`aws:RequestTag/${item.get('Key') ?? ''}`, [item.get('Value') ?? '']);
  return keys.length === 0 ? context : context.set('aws:TagKeys', keys);
}
