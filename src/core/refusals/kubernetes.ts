// Refusals on the way to the Kubernetes API: where it is, who we are there, and answers that cannot be used.
import { rows } from './row.ts';

export const kubernetesRows = rows({
  'kubernetes-not-in-cluster': {
    status: 500,
    wire: 'NotInCluster',
    sentence: 'This process does not run in a cluster: {problem}.',
    remedy: 'Run it in a pod whose service-account token is mounted, or give a kubeconfig.',
  },
  'kubernetes-credential-unfit': {
    status: 500,
    wire: 'KubernetesCredentialUnfit',
    sentence: 'The Kubernetes credential of {file} cannot be used: {field} {problem}.',
    remedy: 'Correct it, or have it issued anew.',
  },
  'kubeconfig-missing': {
    status: 400,
    wire: 'KubeconfigMissing',
    sentence: 'There is no kubeconfig at {paths}.',
    remedy: 'Name one with --kubeconfig or KUBECONFIG.',
  },
  'kubeconfig-malformed': {
    status: 400,
    wire: 'KubeconfigMalformed',
    sentence: 'The kubeconfig {file} is not taken: {field} {problem}.',
    remedy: 'Correct it there; kubectl config view shows the file as kubectl reads it.',
  },
  'kubeconfig-unsupported': {
    status: 400,
    wire: 'KubeconfigUnsupported',
    sentence: 'The kubeconfig {file} asks for what is not supported here: {field} {problem}.',
    remedy: '{solution}.',
  },
  'kubeconfig-plugin-failed': {
    status: 502,
    wire: 'KubeconfigPluginFailed',
    sentence: 'The credential plugin {command}, which {file} names in {field}, gave no credential: {problem}.',
    remedy: 'Run it by hand to see why; it must print an ExecCredential without asking anything.',
  },
  'kubernetes-call-malformed': {
    status: 500,
    wire: 'KubernetesCallMalformed',
    sentence: 'The Kubernetes API cannot be asked for {path}: {problem}.',
    remedy: 'Ask for an absolute path whose segments are names, each percent-encoded.',
  },
  'kubernetes-unreachable': {
    status: 503,
    wire: 'KubernetesUnreachable',
    sentence: 'The Kubernetes API at {server} cannot be reached, or broke its answer off: {problem}.',
    remedy:
      'Check that the API server runs, that its address and certificate authority are right, and the network policy.',
  },
  'kubernetes-too-slow': {
    status: 504,
    wire: 'KubernetesTooSlow',
    sentence: 'The Kubernetes API did not answer {what} within {milliseconds} milliseconds.',
    remedy: 'Try again; if it goes on, look at the load of the API server.',
  },
  'kubernetes-answer-too-large': {
    status: 502,
    wire: 'KubernetesAnswerTooLarge',
    sentence: 'The Kubernetes API answers with more than the {limit} {what} that are taken here.',
    remedy: 'Ask for less at a time, or raise the limit.',
  },
  'kubernetes-answer-malformed': {
    status: 502,
    wire: 'KubernetesAnswerMalformed',
    sentence: 'The answer of the Kubernetes API cannot be used: {problem}.',
    remedy: 'Check that the address is an API server’s and that nothing between changes its answers.',
  },
  'kubernetes-redirected': {
    status: 502,
    wire: 'KubernetesRedirected',
    sentence:
      'The Kubernetes API answers with a redirect ({code}), which is not followed: it would carry the credential elsewhere.',
    remedy: 'Give the API server’s own address.',
  },
  'kubernetes-refused': {
    status: 502,
    wire: 'KubernetesRefused',
    sentence: 'The Kubernetes API answers {code} {reason}: {message}.',
    remedy: 'Look that reason up; for Forbidden, grant the verb on the resource to the identity in use.',
  },
  'kubernetes-lookups-exhausted': {
    status: 503,
    wire: 'KubernetesLookupsExhausted',
    sentence: 'Already {limit} lookups wait for the Kubernetes API.',
    remedy: 'Try again after a pause; the API server is slow, or very many names are asked for.',
  },
});
