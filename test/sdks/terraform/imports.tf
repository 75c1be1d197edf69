# Everything of account.tf as it is found by someone who has lost the state.

data "aws_iam_policy" "known" {
  for_each = { look = "/look", narrow = "/boundaries/boundary-narrow", wide = "/boundaries/boundary-wide" }
  arn      = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:policy${each.value}"
}

import {
  to = aws_iam_openid_connect_provider.cluster
  id = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/oidc.example.com/clusters/1"
}

import {
  for_each = toset(["narrow", "wide"])
  to       = aws_iam_policy.boundary[each.key]
  id       = data.aws_iam_policy.known[each.key].arn
}

import {
  to = aws_iam_policy.look
  id = data.aws_iam_policy.known["look"].arn
}

import {
  to = aws_iam_role.app
  id = "my-app"
}

import {
  to = aws_iam_role_policy.look
  id = "my-app:look"
}

import {
  to = aws_iam_role_policy_attachment.look
  id = "my-app/${data.aws_iam_policy.known["look"].arn}"
}

import {
  to = aws_iam_role_policies_exclusive.app
  id = "my-app"
}

import {
  to = aws_iam_role_policy_attachments_exclusive.app
  id = "my-app"
}

import {
  to = aws_iam_role.whole
  id = "whole"
}
