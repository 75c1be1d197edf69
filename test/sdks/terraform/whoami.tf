# Which role's session asks, as modules find it out.

data "aws_caller_identity" "current" {}

data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

output "role" {
  value = data.aws_iam_session_context.current.issuer_arn
}

