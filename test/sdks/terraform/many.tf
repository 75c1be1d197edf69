# More roles than a page of any list has, made and read ten at a time.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "account" {
  type = string
}

provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = [var.account]
}

locals {
  names = toset([for number in range(110) : format("role-%03d", number)])
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.account}:root" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_policy" "shared" {
  name   = "shared"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "compute:*", Resource = "*" }] })
}

resource "aws_iam_role" "many" {
  for_each           = local.names
  name               = each.key
  path               = "/many/"
  assume_role_policy = local.trust
}

resource "aws_iam_role" "other" {
  name               = "other"
  assume_role_policy = local.trust
}

resource "aws_iam_policy_attachment" "shared" {
  name       = "to all of them"
  roles      = [for role in aws_iam_role.many : role.name]
  policy_arn = aws_iam_policy.shared.arn
}

data "aws_iam_roles" "many" {
  path_prefix = "/many/"
  depends_on  = [aws_iam_role.many]
}

output "count" {
  value = length(data.aws_iam_roles.many.names)
}
