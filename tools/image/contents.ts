// What is in the image, as data: `npm run image` packs it, the Dockerfile's build lays it out, and a test holds the
// Dockerfile's last stage to the configuration.

/** Of the user that everything runs as: nobody in particular, and not root. */
const user = 65_532;

export const packageFolder = '/opt/podiam';
export const nodePath = '/usr/bin/node';

/** By path: there is no shell in the image, so that what is started first is Node.js itself. */
export const writtenFiles: readonly { readonly path: string; readonly isExecutable: boolean; readonly text: string }[] =
  [
    {
      // A Deployment that names no command, and Amazon's arguments, begins with a flag where a command would stand.
      path: '/podiam',
      isExecutable: true,
      text: `#!${nodePath}\nif (/^-(?!(h|V|-help|-version)$)/.test(process.argv[2])) process.argv.splice(2, 0, 'drop-in');\nrequire('.${packageFolder}/bin/podiam.cjs');\n`,
    },
    {
      // Where Amazon's image, and Vultr's, have their webhook: a Deployment names it, with their arguments behind.
      path: '/webhook',
      isExecutable: true,
      text: `#!${nodePath}\nprocess.argv.splice(2, 0, 'drop-in');\nrequire('.${packageFolder}/bin/podiam.cjs');\n`,
    },
    { path: '/etc/passwd', isExecutable: false, text: `nonroot:x:${user}:${user}:nonroot:/:/sbin/nologin\n` },
    { path: '/etc/group', isExecutable: false, text: `nonroot:x:${user}:\n` },
    { path: '/etc/nsswitch.conf', isExecutable: false, text: 'hosts: files dns\n' },
  ];

/** Of the package and its dependencies, what nothing ever runs. */
export const leftOut: readonly RegExp[] = [/\.d\.[cm]?ts$/, /\.map$/];

export const imageConfiguration = {
  user: `${user}:${user}`,
  workingDirectory: '/',
  entrypoint: ['/podiam'],
  command: ['webhook'],
  // A small young generation: as fast for reviews, and a third less memory. Two heaps of malloc for all threads instead of
  // eight for each processor: some megabytes less.
  environment: { PATH: '/usr/bin', NODE_OPTIONS: '--max-semi-space-size=4', MALLOC_ARENA_MAX: '2' },
  ports: ['8443/tcp', '9443/tcp'],
  labels: {
    'org.opencontainers.image.title': 'podiam',
    'org.opencontainers.image.description': 'Short-lived cloud identities for Kubernetes pods',
    'org.opencontainers.image.licenses': 'Apache-2.0',
  },
};

/** The version's label is the package's version. */
export const versionLabel = 'org.opencontainers.image.version';
