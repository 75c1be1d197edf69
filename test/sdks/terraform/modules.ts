// OpenTofu and Terraform's AWS provider: which source they are built from, and what of it is omitted: the backends, cloud
// key stores and AWS services that no test asks for, most of what there is to compile. The rest is as it was published.

/** A list in a source file of which only some items are kept. */
export interface Cut {
  readonly file: string;
  /** What stands there for an item, whose name is the first group. */
  readonly items: RegExp;
  readonly kept: readonly string[];
}

export interface ProgramSource {
  readonly module: string;
  readonly version: string;
  /** Of the module's content, as go.sum would have it. */
  readonly sum: string;
  readonly package: string;
  /** What a release's own build stamps. */
  readonly stamps: readonly string[];
  /** Folders that are not needed at all, but for these below them. */
  readonly omitted: readonly string[];
  readonly kept: readonly string[];
  readonly cuts: readonly Cut[];
}

const backends = 'internal/backend/init/init.go';
const keyStores = 'internal/encryption/default_registry.go';

export const tofuVersion = '1.12.6';

export const tofuSource: ProgramSource = {
  module: 'github.com/opentofu/opentofu',
  version: `v${tofuVersion}`,
  sum: 'h1:0VT4P8pMmGcCUnQ9JDrJ+Qg2d35Vzm4FFd/9+H7oF98=',
  package: './cmd/tofu',
  stamps: ['github.com/opentofu/opentofu/version.dev=no'],
  omitted: ['website', 'docs', 'rfc', 'internal/backend/remote-state'],
  kept: [],
  cuts: [
    { file: backends, items: /\tbackend\w+ "[^"]+\/remote-state\/(\w+)"\n/g, kept: [] },
    { file: backends, items: /\t\t"(\w+)": +func\(enc [^\n]+New\(enc\) \},\n/g, kept: ['local'] },
    { file: keyStores, items: /\t"[^"]+\/keyprovider\/((?:aws|gcp)_kms|azure_vault|openbao)"\n/g, kept: [] },
    {
      file: keyStores,
      items: /\tif err := \w+\.RegisterKeyProvider\((\w+)\.New\(\)\); err != nil \{\n\t\tpanic\(err\)\n\t\}\n/g,
      kept: ['pbkdf2', 'externalKeyProvider'],
    },
  ],
};

const services = 'internal/provider/sdkv2/service_packages_gen.go';
const clients = 'internal/conns/awsclient_gen.go';

export const providerVersion = '6.47.1';

export const providerSource: ProgramSource = {
  module: 'github.com/hashicorp/terraform-provider-aws',
  // The module's tags end before its versions of today; its own file says 6.47.1.
  version: 'v1.60.1-0.20260602190131-5f2286d6d836',
  sum: 'h1:haLmsj0WF7e6d2TGbk0fbz5qWdA9f8w9sNpMe6J6WqM=',
  package: '.',
  stamps: [`github.com/hashicorp/terraform-provider-aws/version.ProviderVersion=${providerVersion}`],
  omitted: ['website', 'docs', 'examples', 'infrastructure', 'internal/service'],
  // The build asks for the file of all services and for one of a service, whichever it is.
  kept: ['iam', 'sts', 'smarterr.hcl', 'cloudtrail/smarterr.hcl'].map((path) => `internal/service/${path}`),
  cuts: [
    { file: services, items: /\t"[^"]+\/internal\/service\/(\w+)"\n/g, kept: ['iam', 'sts'] },
    { file: services, items: /\t\t(\w+)\.ServicePackage\(ctx\),\n/g, kept: ['iam', 'sts'] },
    // Buckets have a client that is made by hand from the usual one.
    { file: clients, items: /\t"[^"]+\/aws-sdk-go-v2\/service\/(\w+)"\n/g, kept: ['iam', 'sts', 's3'] },
    {
      file: clients,
      items: /\nfunc \(c \*AWSClient\) \w+\(ctx context\.Context\) \*(\w+)\.Client \{\n[^\n]+\n\}\n/g,
      kept: ['iam', 'sts', 's3'],
    },
  ],
};
