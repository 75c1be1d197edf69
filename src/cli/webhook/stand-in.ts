// Which webhook a command line was written for: a Deployment keeps its arguments and its environment when its image
// becomes ours.
import { Refusal } from '../../core/refusals/index.ts';
import type { Settings } from '../../core/settings/index.ts';
import { speaksAmazons, standInForAmazon, withAmazonNames } from '../amazon/translate.ts';
import { profilesAsked } from '../profiles-asked.ts';
import type { CommandLine, Translation } from '../translation.ts';
import { standInForVultr, tellsOfVultr, vultrVariableNames } from './vultr.ts';

/** A certificate that is named is meant to be served. */
function servesNamedFiles({ environment }: CommandLine, { args }: Translation): boolean {
  return args.some((arg) => /^--tls-cert(=|$)/.test(arg)) || Boolean(environment['PODIAM_TLS_CERT']);
}

/**
 * The image's `/webhook`:
 *   1. with a flag that Amazon's has, it is Amazon's: Vultr's has none;
 *   2. with TLS_CERT_PATH or TLS_KEY_PATH, it is Vultr's;
 *   3. without arguments, and with STS_ENDPOINT or TOKEN_EXPIRATION_SECONDS, it is Vultr's;
 *   4. without any of these, it is Amazon's, with Amazon's defaults.
 */
export function readDropIn(line: CommandLine, settings: Settings): Translation | Refusal {
  if (tellsOfVultr(line) && !speaksAmazons(line, settings)) return standInForVultr({ args: line.args });
  return standInForAmazon(line, settings);
}

/**
 * `podiam webhook`, which is also what the image starts on its own:
 *   1. where profiles are asked for, by flag or variable, and vultr is none of them, it is ours;
 *   2. with TLS_CERT_PATH or TLS_KEY_PATH, it is Vultr's;
 *   3. without arguments, and with STS_ENDPOINT or TOKEN_EXPIRATION_SECONDS, it is Vultr's: its image is started so;
 *   4. else it is ours.
 * Where the aws profile is on, Amazon's names are taken beside ours; where vultr is asked for, so are Vultr's variables.
 */
export function readWebhookLine(line: CommandLine, settings: Settings): Translation | Refusal {
  const translation = withAmazonNames(line, settings);
  if (translation instanceof Refusal) return translation;
  const asked = profilesAsked(line);
  const asksForVultr = asked.includes('vultr');
  if ((asksForVultr || asked.length === 0) && tellsOfVultr(line)) return standInForVultr(translation);
  const variables = asksForVultr ? vultrVariableNames : {};
  const files = servesNamedFiles(line, translation) ? { tls: 'files' } : {};
  return { ...translation, variables, profile: { ...files, ...translation.profile } };
}
