-- What `podiam up --once` of version 0.1.0 left in its data folder, in a run that served nobody.
-- Its key-encryption key: 387bc7b8b99dab162f93e51d8cfc545a13aab309668ce793101038c435d66067
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
INSERT INTO accounts VALUES ('665342421076', 'demonstration', 1795280029571);
CREATE TABLE root_keys (
  access_key_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  encrypted_secret BLOB NOT NULL,
  created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
INSERT INTO root_keys VALUES ('AKIA7MZVLU2ZU4R2UOFJ', '665342421076', x'0171db0a579d9a8b4e1128c41db8939ad41e819fb288d0bc5c0fd5889eda47393fe1d8b8749d251d67fe71d250bcbc54e5799511e6228168057c30d49c00aaedafea819374', 1795280029571);
CREATE INDEX root_keys_by_account ON root_keys (account_id);
CREATE TABLE issuers (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  url TEXT NOT NULL,
  audiences TEXT NOT NULL,
  jwks TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (account_id, url)
  ) STRICT;
INSERT INTO issuers VALUES ('b0fb596a936d5ec2fcda3671', '665342421076', 'https://podiam.internal/clusters/cfc8321dc7e9', '["podiam"]', '{"keys":[{"use":"sig","kty":"RSA","kid":"zo2J-dZOuySfmEQjN_vASDf1Rg7We3_u4kEJMrhP4Kc","alg":"RS256","n":"yB_x15I57o2fHe2LBauVqEyKC1wAlDBSLt35YoFRVcwM5Y9Ri674gKFywe5ehQlDZndpFfVNAPxyxxJSEpEX7fICe5zeIguU8ByLk7Y8orBTto2t4BVXxUncnnCsuoNgewnmvoxGcQczZ-QcZp77fYJbA7huDefqIuu9aH40Sc0NYdRFFgkrPcTwiuhkKzDcSbqNVERX5FoT5HI9rTsyizHgVVA1mMDUqWDyHeMuQKi-f30Epi-FRlPXjm-UQRduPrLd05h2Fkb0v1tOSloE7B2IKtaIVufAQxCkVKmIVZHdpzr9QDOfzFhYR3eZnOu3rR3SwJJNbCsFoSxvedOPRw","e":"AQAB"}]}', 1795280029585);
CREATE TABLE roles (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  trust_policy TEXT NOT NULL,
  permissions TEXT NOT NULL,
  max_session_seconds INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (account_id, name)
  ) STRICT;
INSERT INTO roles VALUES ('AROAKZSITXE5FSNWUFMU2', '665342421076', 'my-app', '/', '{"Version":"2012-10-17","Statement":[{"Sid":"MyAppOfThisCluster","Effect":"Allow","Principal":{"Federated":"arn:aws:iam::665342421076:oidc-provider/podiam.internal/clusters/cfc8321dc7e9"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"podiam.internal/clusters/cfc8321dc7e9:sub":"system:serviceaccount:default:my-app","podiam.internal/clusters/cfc8321dc7e9:aud":"podiam"}}}]}', '[{"name":"look-and-reboot","document":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"LookAndReboot\",\"Effect\":\"Allow\",\"Action\":[\"compute:ListInstances\",\"compute:GetInstance\",\"compute:RebootInstance\"],\"Resource\":\"arn:aws:compute::*:instance/*\"}]}"}]', 3600, 1795280029604);
CREATE TABLE sessions (
  seq INTEGER PRIMARY KEY,
  access_key_id TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  role_id TEXT NOT NULL,
  role_arn TEXT NOT NULL,
  session_name TEXT NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  audience TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  source_address TEXT NOT NULL
  ) STRICT;
INSERT INTO sessions VALUES (1, 'ASIAL24ILF4KLWOJCXOW', '665342421076', 'AROAKZSITXE5FSNWUFMU2', 'arn:aws:iam::665342421076:role/my-app', 'my-app', 'https://podiam.internal/clusters/cfc8321dc7e9', 'system:serviceaccount:default:my-app', 'podiam', 1795280031382, 1795283631000, '7c133612-5687-4bdf-af02-00dc835d22de', '127.0.0.1');
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  action TEXT NOT NULL,
  resource TEXT NOT NULL,
  principal TEXT NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  source_address TEXT NOT NULL
  ) STRICT;
INSERT INTO audit VALUES (1, 1795280031382, '7c133612-5687-4bdf-af02-00dc835d22de', '665342421076', 'sts:AssumeRoleWithWebIdentity', 'arn:aws:iam::665342421076:role/my-app', 'system:serviceaccount:default:my-app', 'allowed', '', 'the trust policy of my-app, Statement[0] "MyAppOfThisCluster" allows it', '127.0.0.1');
INSERT INTO audit VALUES (2, 1795280031554, '3ebaec37-c13e-4b0c-817e-29bc37f5e2b4', '665342421076', 'compute:ListInstances', 'arn:aws:compute::665342421076:instance/*', 'arn:aws:sts::665342421076:assumed-role/my-app/my-app', 'allowed', '', 'look-and-reboot, Statement[0] "LookAndReboot" allows it', '127.0.0.1');
INSERT INTO audit VALUES (3, 1795280031653, '023a42c9-4511-45f8-bae3-3c4c6c44e442', '665342421076', 'compute:DeleteInstance', 'arn:aws:compute::665342421076:instance/web-1', 'arn:aws:sts::665342421076:assumed-role/my-app/my-app', 'refused', 'gateway-not-allowed', 'no statement allows it; nearest is look-and-reboot, Statement[0] "LookAndReboot": it is about "compute:ListInstances", "compute:GetInstance" or "compute:RebootInstance", the request is "compute:DeleteInstance"', '127.0.0.1');
INSERT INTO audit VALUES (4, 1795280031681, '80c09c36-214d-4312-b141-dd28163f0a81', '', '', '', '', 'refused', 'session-token-invalid', 'it was changed, or belongs to another access key than ASIAL24ILF4KLWOJCXOW', '127.0.0.1');
CREATE INDEX audit_by_account ON audit (account_id);
CREATE TABLE secrets (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO secrets VALUES ('cluster/signing-key/rs256', x'0177a07c6c7ec208192d183700d2ab960200d2a6f8f16d47f23b2a6fa5d7efcbbd092d1550045bd186dab9f3893c0ad5906c072cd994c0b80a7e4d89b2223578f41f7e6727db9a9b03a308b4ba332b49667f8b4849fec3b1f76b6b2b3441b90b498bd3b8bbb513c8ad7ff0dcdd5df39b56506a7296be4f3826527c3396122e62e772a37a1549a0586d8b1532de48c8fbe9b29443a8bbf6973c23898cd7560ecdac12bf5d847eef2e695ec637e9344b208db411096030ffb91cf6e4408164ce36d0bc64c7a6551fa0d774aff2fd8122d63961b2ab9a8bc73186e94774dddc4f8b748c487145651636b79931615c7e189d143add088a8f080df195ff82aaf0ce292a5c76707f56e4ccb89624707158275a88cf0d58904f62c0f844b89507330c94543ff01b00bd12948b68ca65fd07184f6a211a30f92caa93900eca7f34fd96c5aa81508af5e60f260810e1c27aa8e9b5c4aea114249b96ad11c9f55c34424a79b55672c2603377447860e4cc25b9f1b724ae87528eed9a7d56b4953c54c667714dd08270538f27f1b73b07f2f9137d4f58486936e7c5fbf830cb8683a15af32eef03d696d2a51ff8f64b6424c5a9e976b15fd8fe5b73431b8737470dfc713cb83b20f4863447913e305b6db757f3a61011494cdb36a85611c629e4a7332ab385ea13a77c933fdf7b293f0f8cb41050f073c955592d1e0a3ff4feeec179fb2cb12dcddf05dd6691157a936f17b445db802e815df4dd32f8259902629448efd723cbc664eac8fba76a664891bc6b20a97bf3caa0b84d724415bc948f53f8c11816e3e58ee3d810bc77527561cbd6b426c6be6a5f37cbca75dd9b6c32e204a97f02d5a673276798fb9b1e007f9b467de6936d8cadb2481730c0d3fb53fe75671391e2721962435343fa36dc62ce15996f55cfccf65c88f6ce072074aaf1b9d708795b96519e040311fe9be672626de2c997078319cd094e39f32128172f1112c5893647f9052e07f7fa2caa22d7ebbf1c4711574808f3184be0f5e728c87a154381131416cb814c629e82626b9830c7a7cc7b6e31d96fc886b2495f345b1406e7eca54907c8a463891a9d05facdcfa66cee275867ae4cc8d6e38723b5c67ee32385b2a1b690c9111c4cfea516b1e83e7c8509fbe6d64a5cd704531c6c7d3f1dca26d49f37381e7fab950b0e7efaf845ecd8356a831a51411a9fb384fd7346185019087afddf01de265f38c0672e1519728895b32cfebc179618d4bb2fb26772a1b12fb04fa552fb22fdb8494cde2db0b65fdc60a45a525fd40ec7e4af512034ead2fbb767a13dea13076c66a0cec623da2567bb5b1896587703157ce34c723ba8ba510d32793a861020c8559b6f600a435a8d87e874ac0d6b8c6b39e755b09925e5a249ecae48fd0f0a101240fa032d6ab183cc1c016be7f89215c199d236b7dbb6e82477aa10bc30d7d16a6d8287cf94e232d22782c934cc44222570e6d301353af9a3fcc068ed121b13a1f3f725a6ad2ee38ba1817af9eda3153eb34d4a364e76b55928dac9b7fae766ff18f2134f952989adf3ba990a5193b4a9a72f0a2d5399846107e0cd7501589898e9b77fb863c82733f72b4d3968e4775577a8221ede16172287ded19f4d45474adacb2f78a49eac6fb90a3c76df91928e44236c418faf21e29796e9e4638a225a114bd433ecd463b65d0df2ba0c5a64a72ac64af16f51718eab2ee1364dc7afae57430888e16eea5529f3bf70fded57ebedc01e80');
INSERT INTO secrets VALUES ('sealing-key/fe1c0680', x'01971a0d84f7517ff947b3a3fe09b86d23a73d2f2346803781989472ee54fbcd17c0bc6b68185c9197db3c65bd38e4da0883a7d7e80276b071a89cfcd9');
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO settings VALUES ('cluster/issuer', 'https://podiam.internal/clusters/cfc8321dc7e9');
INSERT INTO settings VALUES ('demonstration/account', '665342421076');
INSERT INTO settings VALUES ('sealing-key/current', 'fe1c0680');
PRAGMA application_id = 1349477481;
PRAGMA user_version = 3;
