import { describe, expect, test } from 'vitest';
import { Refusal, refuse } from '../../../src/core/refusals/index.ts';
import {
  answerJson,
  answerXml,
  callerIdentityAnswer,
  errorJson,
  errorXml,
  escapeXml,
  parseAssumeRoleCall,
  parseQueryForm,
  parseWebIdentityCall,
  stsNamespace,
  type WebIdentitySession,
  webIdentityAnswer,
} from '../../../src/core/wire/index.ts';

const good = {
  Action: 'AssumeRoleWithWebIdentity',
  RoleArn: 'arn:aws:iam::123456789012:role/my-app',
  RoleSessionName: 'session',
  WebIdentityToken: 'a.b.c',
};

const call = (changed: Readonly<Record<string, string | undefined>>) =>
  parseWebIdentityCall(
    new Map(
      Object.entries({ ...good, ...changed }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
  );

describe('the form', () => {
  test('reads percent-encoded names and values, and + as a space', () => {
    expect(parseQueryForm('Action=Get%20It+now&Empty=&Bare')).toEqual(
      new Map([
        ['Action', 'Get It now'],
        ['Empty', ''],
        ['Bare', ''],
      ]),
    );
  });

  test.each([
    ['A12 a parameter twice', 'RoleArn=a&RoleArn=b', 'query-parameter-repeated'],
    ['A12 a parameter in two cases', 'RoleArn=a&rolearn=b', 'query-parameter-repeated'],
    ['A12 a parameter twice, once encoded', 'RoleArn=a&Role%41rn=b', 'query-parameter-repeated'],
    ['no UTF-8', 'RoleArn=%FF', 'query-not-decodable'],
    ['a broken escape', 'RoleArn=%4', 'query-not-decodable'],
    ['too many parameters', Array.from({ length: 300 }, (_, i) => `p${i}=1`).join('&'), 'query-too-many-parameters'],
  ])('%s is refused', (_, form, code) => {
    expect(parseQueryForm(form)).toMatchObject({ code });
  });
});

describe('the parameters of AssumeRoleWithWebIdentity', () => {
  test('defaults: one hour, no session policy; the token loses the line break of its file', () => {
    expect(call({ WebIdentityToken: 'a.b.c\n' })).toEqual({
      role: good.RoleArn,
      sessionName: 'session',
      token: 'a.b.c',
      durationSeconds: 3600,
      policy: undefined,
      policyArns: [],
    });
  });

  test.each([
    [
      { RoleSessionName: 'x' },
      "1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2.",
    ],
    [
      { RoleSessionName: 'a b' },
      String.raw`1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*.`,
    ],
    [
      { RoleArn: undefined, WebIdentityToken: 'abc' },
      "2 validation errors detected: Value 'null' at 'roleArn' failed to satisfy constraint: Member must not be null; at 'webIdentityToken' failed to satisfy constraint: Member must have length greater than or equal to 4.",
    ],
  ])('%j is a ValidationError in the API’s words', (changed, sentence) => {
    const refused = call(changed);
    expect(refused).toMatchObject({ wire: 'ValidationError', status: 400 });
    expect(refused instanceof Refusal && refused.sentence).toBe(sentence);
  });

  test.each(['899', '43201', '1e4', '-900', '', '3600.0', '9'.repeat(400)])(
    'DurationSeconds=%s is refused',
    (value) => {
      expect(call({ DurationSeconds: value })).toMatchObject({ code: 'sts-duration-out-of-range' });
    },
  );

  test.each(['900', '43200'])('DurationSeconds=%s is taken', (value) => {
    expect(call({ DurationSeconds: value })).toMatchObject({ durationSeconds: Number(value) });
  });

  test('A26 a token that is too long is not repeated in the answer', () => {
    const refused = call({ WebIdentityToken: 'secret'.repeat(4000) });
    expect(refused instanceof Refusal && refused.explain()).not.toContain('secret');
  });

  test.each(['ProviderId', 'PolicyArns.member.1.Arn', 'PolicyArns.member.0.arn', 'policy', 'Tags.member.1.Key'])(
    'A14 %s would narrow the session and is refused rather than ignored',
    (name) => {
      expect(call({ [name]: 'x' })).toMatchObject({ code: 'query-parameter-not-taken' });
    },
  );
});

describe('lists of parameters', () => {
  const arns = (...numbers: readonly number[]) =>
    Object.fromEntries(numbers.map((number) => [`PolicyArns.member.${number}.arn`, `arn-${number}`]));

  test('are read in their order, however they are sent', () => {
    expect(call(arns(2, 1, 3))).toMatchObject({ policyArns: ['arn-1', 'arn-2', 'arn-3'] });
  });

  test('have no gaps, and not too many members', () => {
    expect(call(arns(1, 3))).toMatchObject({ code: 'query-parameters-invalid' });
    expect(call(arns(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))).not.toHaveProperty('code');
    expect(call(arns(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))).toMatchObject({ code: 'query-parameters-invalid' });
  });

  test('of tags have no key twice, in whatever case', () => {
    const tags = (first: string, second: string) =>
      parseAssumeRoleCall(
        new Map([
          ['RoleArn', good.RoleArn],
          ['RoleSessionName', 'session'],
          ['Tags.member.1.Key', first],
          ['Tags.member.1.Value', '1'],
          ['Tags.member.2.Key', second],
          ['Tags.member.2.Value', '2'],
          ['TransitiveTagKeys.member.1', first],
        ]),
      );
    expect(tags('team', 'stage')).toMatchObject({ tags: { team: '1', stage: '2' }, transitiveTagKeys: ['team'] });
    expect(tags('team', 'Team')).toMatchObject({ code: 'sts-tag-repeated' });
  });
});

describe('answers', () => {
  test('AssumeRoleWithWebIdentity has the API’s elements in the API’s order', () => {
    const session: WebIdentitySession = {
      accessKeyId: 'ASIAQ',
      secretAccessKey: 's/+',
      sessionToken: 't',
      expiresAt: Date.UTC(2026, 10, 21, 12, 0, 0, 500),
      subject: 'system:serviceaccount:default:my-app',
      audience: 'podiam',
      provider: 'arn:aws:iam::123456789012:oidc-provider/h',
      assumedRoleId: 'AROAX:session',
      assumedRoleArn: 'arn:aws:sts::123456789012:assumed-role/my-app/session',
      sourceIdentity: undefined,
      packedPolicySize: undefined,
    };
    expect(answerXml(webIdentityAnswer(session), stsNamespace, 'r-1')).toBe(
      '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAQ</AccessKeyId><SecretAccessKey>s/+</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-21T12:00:00Z</Expiration></Credentials><SubjectFromWebIdentityToken>system:serviceaccount:default:my-app</SubjectFromWebIdentityToken><AssumedRoleUser><AssumedRoleId>AROAX:session</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/my-app/session</Arn></AssumedRoleUser><Provider>arn:aws:iam::123456789012:oidc-provider/h</Provider><Audience>podiam</Audience></AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>',
    );
  });

  test('have the API’s JSON for those who ask for it', () => {
    const answer = callerIdentityAnswer({ userId: 'u', account: '1', arn: 'a' });
    expect(answerXml(answer, stsNamespace, 'r')).toContain(
      '<GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId><Account>1</Account>',
    );
    expect(JSON.parse(answerJson(answer, 'r'))).toEqual({
      GetCallerIdentityResponse: {
        GetCallerIdentityResult: { Arn: 'a', UserId: 'u', Account: '1' },
        ResponseMetadata: { RequestId: 'r' },
      },
    });
  });

  test('that are errors name type, code, message and request', () => {
    const { status, wire, sentence } = refuse('sts-not-authorized', { action: 'sts:AssumeRole' });
    const error = { status, code: wire, message: sentence };
    expect(errorXml(error, stsNamespace, 'r')).toBe(
      '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRole.</Message></Error><RequestId>r</RequestId></ErrorResponse>',
    );
    expect(JSON.parse(errorJson({ ...error, status: 503 }, 'r'))).toEqual({
      Error: { Type: 'Receiver', Code: 'AccessDenied', Message: sentence },
      RequestId: 'r',
    });
  });

  test('A22 text from strangers cannot end its element', () => {
    expect(escapeXml('</a>&"\'\u0000\uFFFF\uD800')).toBe('&lt;/a&gt;&amp;&quot;&#39;\uFFFD\uFFFD\uFFFD');
  });
});
