"""A pod that uses boto3. Requests come as lines of JSON and are answered in lines of JSON. Nothing about the platform is
configured here: all that the SDK knows of it comes from the environment."""

import json
import sys
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

session = boto3.Session()
sts = session.client("sts")


def identity(request):
    answer = sts.get_caller_identity()
    return {"account": answer["Account"], "arn": answer["Arn"], "userId": answer["UserId"]}


def parameters(request):
    names = {
        "roleArn": "RoleArn",
        "sessionName": "RoleSessionName",
        "token": "WebIdentityToken",
        "durationSeconds": "DurationSeconds",
        "policy": "Policy",
    }
    given = {names[name]: value for name, value in request.items() if name in names}
    if "policyArns" in request:
        given["PolicyArns"] = [{"arn": arn} for arn in request["policyArns"]]
    return given


def assumed(answer):
    return {
        "accessKeyId": answer["Credentials"]["AccessKeyId"],
        "expiration": answer["Credentials"]["Expiration"].timestamp() * 1000,
        "arn": answer["AssumedRoleUser"]["Arn"],
        "assumedRoleId": answer["AssumedRoleUser"]["AssumedRoleId"],
        "subject": answer.get("SubjectFromWebIdentityToken"),
        "audience": answer.get("Audience"),
        "provider": answer.get("Provider"),
        "packedPolicySize": answer.get("PackedPolicySize"),
    }


def exchange(request):
    return assumed(sts.assume_role_with_web_identity(**parameters(request)))


def chain(request):
    """The other role, and who its session is."""
    answer = sts.assume_role(**parameters(request))
    keys = answer["Credentials"]
    chained = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    return {**assumed(answer), "whoAmI": chained.client("sts").get_caller_identity()["Arn"]}


def send(request):
    """A request of no AWS service, signed by the SDK's own signer."""
    signed = AWSRequest(request["method"], request["url"], data=request.get("body", "").encode())
    SigV4Auth(session.get_credentials(), request["service"], session.region_name).add_auth(signed)
    prepared = signed.prepare()
    plain = urllib.request.Request(prepared.url, prepared.body or None, dict(prepared.headers), method=prepared.method)
    try:
        with urllib.request.urlopen(plain) as answer:
            return {"status": answer.status, "body": answer.read().decode()}
    except urllib.error.HTTPError as answer:
        return {"status": answer.code, "body": answer.read().decode()}


def failure(error):
    told = error.response if isinstance(error, ClientError) else {}
    return {
        "type": type(error).__name__,
        "code": told.get("Error", {}).get("Code", ""),
        "message": told.get("Error", {}).get("Message", str(error)),
        "requestId": told.get("ResponseMetadata", {}).get("RequestId", ""),
    }


calls = {"identity": identity, "exchange": exchange, "chain": chain, "send": send}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"result": calls[request["call"]](request)}
    except Exception as error:
        answer = {"error": failure(error)}
    print(json.dumps(answer), flush=True)
