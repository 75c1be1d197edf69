# What cannot be imported: names that are made up, and attachments seen from the policy.

resource "aws_iam_role" "plain" {
  name_prefix        = "plain-"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_policy" "shared" {
  name_prefix = "shared-"
  policy      = data.aws_iam_policy_document.look.json
}

resource "aws_iam_policy_attachment" "shared" {
  name       = "whoever shares it"
  policy_arn = aws_iam_policy.shared.arn
  roles      = [aws_iam_role.plain.name]
}
