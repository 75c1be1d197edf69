// Refusals of policy documents.
import { rows } from './row.ts';

export const policyRows = rows({
  'policy-too-large': {
    status: 409,
    wire: 'LimitExceeded',
    sentence: 'The {kind} policy has {size} characters; {limit} are taken.',
    remedy: 'Join statements that differ in one value only, and use wildcards where they say the same.',
  },
  'policy-not-json': {
    status: 400,
    wire: 'MalformedPolicyDocument',
    sentence: 'The {kind} policy cannot be read as JSON: {problem}.',
    remedy: 'Correct the document there; member names and texts stand in double quotes, each member once.',
  },
  'policy-malformed': {
    status: 400,
    wire: 'MalformedPolicyDocument',
    sentence: 'In the {kind} policy, {path} {problem}.',
    remedy: '{advice}.',
  },
  'policy-unknown-element': {
    status: 400,
    wire: 'MalformedPolicyDocument',
    sentence: 'In the {kind} policy, {path} is no element that is known there.',
    remedy: 'Use {known}.',
  },
  'policy-unknown-operator': {
    status: 400,
    wire: 'MalformedPolicyDocument',
    sentence: 'In the {kind} policy, {path} names no condition operator that is known.',
    remedy:
      'Did you mean {nearest}? Operators count case; before one may stand ForAnyValue: or ForAllValues:, behind it IfExists, except with Null.',
  },
  'policy-unsafe': {
    status: 400,
    wire: 'MalformedPolicyDocument',
    sentence: 'The {kind} policy is refused for {path}: {problem}.',
    remedy: '{advice}.',
  },
});
