"""Makes a sequence of IAM calls with boto3, on moto in this process or at an endpoint, and tells what came of each.

Standard input: {"endpoint": URL or null, "accessKeyId", "secretAccessKey", "calls": [[operation, parameters], ...]}, where
"{account}" stands for the account's 12 digits. Standard output: a list of {"answer": ...} or {"error": CODE}."""

import datetime
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

request = json.load(sys.stdin)


def with_account(value, account):
    return json.loads(json.dumps(value).replace("{account}", account))


def plain(value, account):
    """The answer without what differs by nature: ids, times, markers, accounts."""
    if isinstance(value, datetime.datetime):
        return "<time>"
    if isinstance(value, dict):
        members = {key: plain(item, account) for key, item in value.items() if key != "ResponseMetadata"}
        opaque = {"Marker": "<marker>", "PolicyId": "<id>", "RoleId": "<id>"}
        return {key: opaque.get(key, item) for key, item in members.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, account) for item in value]
    if isinstance(value, str):
        return value.replace(account, "{account}")
    return value


def make_calls(endpoint, credentials):
    config = Config(retries={"max_attempts": 0}, parameter_validation=False)
    options = dict(region_name="us-east-1", endpoint_url=endpoint, config=config, **credentials)
    account = boto3.client("sts", **options).get_caller_identity()["Account"]
    iam = boto3.client("iam", **options)
    outcomes = []
    for operation, parameters in request["calls"]:
        try:
            answer = getattr(iam, operation)(**with_account(parameters, account))
            outcomes.append({"answer": plain(answer, account)})
        except ClientError as error:
            outcomes.append({"error": error.response["Error"]["Code"]})
    return outcomes


if request["endpoint"] is None:
    from moto import mock_aws

    with mock_aws():
        outcomes = make_calls(None, {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"})
else:
    credentials = {
        "aws_access_key_id": request["accessKeyId"],
        "aws_secret_access_key": request["secretAccessKey"],
    }
    outcomes = make_calls(request["endpoint"], credentials)
json.dump(outcomes, sys.stdout)
