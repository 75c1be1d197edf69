# A policy that is changed more often than there may be versions of it.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "turn" {
  type = number
}

resource "aws_iam_policy" "changing" {
  name   = "changing"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "compute:Get${var.turn}", Resource = "*" }] })
}
