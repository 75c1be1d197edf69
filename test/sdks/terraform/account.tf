# An account as a team keeps it: a cluster's provider, policies, roles with all that a role has, and what reads them.

terraform {
  required_version = ">= 1.12"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

# Where the platform is, and who asks, stand in the environment.
provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = { keeper = "tofu" }
  }
}

variable "now" {
  type = object({
    clients     = list(string)
    thumbprints = list(string)
    subject     = string
    actions     = list(string)
    description = string
    seconds     = number
    boundary    = string
    inline      = string
    tags        = map(string)
  })
}

data "aws_caller_identity" "current" {}

data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

resource "aws_iam_openid_connect_provider" "cluster" {
  url             = "https://oidc.example.com/clusters/1"
  client_id_list  = var.now.clients
  thumbprint_list = var.now.thumbprints
  tags            = var.now.tags
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.cluster.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "oidc.example.com/clusters/1:sub"
      values   = [var.now.subject]
    }
    condition {
      test     = "StringEquals"
      variable = "oidc.example.com/clusters/1:aud"
      values   = ["podiam"]
    }
  }
}

data "aws_iam_policy_document" "look" {
  statement {
    sid       = "Look"
    actions   = var.now.actions
    resources = ["arn:aws:compute::${data.aws_caller_identity.current.account_id}:instance/*"]
    condition {
      test     = "StringLike"
      variable = "aws:PrincipalTag/kubernetes-namespace"
      values   = ["default", "team a+b & c-*"]
    }
  }
  statement {
    sid       = "NotTheOnesThatAreLocked"
    effect    = "Deny"
    actions   = ["compute:*"]
    resources = ["*"]
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_iam_policy" "boundary" {
  for_each    = toset(["narrow", "wide"])
  name        = "boundary-${each.key}"
  path        = "/boundaries/"
  description = "What no role of the team goes beyond."
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = each.key == "wide" ? "*" : "compute:*", Resource = "*" }]
  })
}

resource "aws_iam_policy" "look" {
  name   = "look"
  policy = data.aws_iam_policy_document.look.json
  tags   = var.now.tags
}

resource "aws_iam_role" "app" {
  name                 = "my-app"
  path                 = "/team/apps/"
  description          = var.now.description
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = var.now.seconds
  permissions_boundary = aws_iam_policy.boundary[var.now.boundary].arn
  tags                 = var.now.tags
}

resource "aws_iam_role_policy" "look" {
  name   = "look"
  role   = aws_iam_role.app.id
  policy = data.aws_iam_policy_document.look.json
}

resource "aws_iam_role_policy_attachment" "look" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.look.arn
}

resource "aws_iam_role_policies_exclusive" "app" {
  role_name    = aws_iam_role.app.name
  policy_names = [aws_iam_role_policy.look.name]
}

resource "aws_iam_role_policy_attachments_exclusive" "app" {
  role_name   = aws_iam_role.app.name
  policy_arns = [aws_iam_role_policy_attachment.look.policy_arn]
}

# As modules of some years ago have it: all in the role itself.
resource "aws_iam_role" "whole" {
  name                 = "whole"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  managed_policy_arns  = [aws_iam_policy.look.arn]
  permissions_boundary = var.now.boundary == "narrow" ? aws_iam_policy.boundary["narrow"].arn : null

  inline_policy {
    name   = var.now.inline
    policy = data.aws_iam_policy_document.look.json
  }
}

data "aws_iam_role" "app" {
  name       = aws_iam_role.app.name
  depends_on = [aws_iam_role.app]
}

data "aws_iam_roles" "team" {
  path_prefix = "/team/"
  depends_on  = [aws_iam_role.app]
}

data "aws_iam_policy" "by_name" {
  name       = aws_iam_policy.look.name
  depends_on = [aws_iam_policy.look]
}

data "aws_iam_openid_connect_provider" "by_url" {
  url        = "https://oidc.example.com/clusters/1"
  depends_on = [aws_iam_openid_connect_provider.cluster]
}

data "aws_iam_role_policies" "app" {
  role_name  = aws_iam_role.app.name
  depends_on = [aws_iam_role_policies_exclusive.app]
}

data "aws_iam_role_policy_attachments" "app" {
  role_name  = aws_iam_role.app.name
  depends_on = [aws_iam_role_policy_attachments_exclusive.app]
}

data "aws_iam_principal_policy_simulation" "look" {
  action_names      = ["compute:GetInstance", "compute:DeleteInstance"]
  resource_arns     = ["arn:aws:compute::${data.aws_caller_identity.current.account_id}:instance/i-1"]
  policy_source_arn = aws_iam_role.app.arn
  context {
    key    = "aws:PrincipalTag/kubernetes-namespace"
    type   = "string"
    values = ["default"]
  }
  depends_on = [aws_iam_role_policies_exclusive.app, aws_iam_role_policy_attachments_exclusive.app]
}

output "told" {
  value = {
    account    = data.aws_caller_identity.current.account_id
    caller     = data.aws_iam_session_context.current.issuer_arn
    role       = data.aws_iam_role.app.arn
    roles      = data.aws_iam_roles.team.names
    policy     = data.aws_iam_policy.by_name.arn
    provider   = data.aws_iam_openid_connect_provider.by_url.client_id_list
    inline     = data.aws_iam_role_policies.app.policy_names
    attached   = data.aws_iam_role_policy_attachments.app.attached_policies[*].policy_name
    simulation = { for result in data.aws_iam_principal_policy_simulation.look.results : result.action_name => result.decision }
  }
}
