import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.protocols.jsoncore.JsonWriter;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.AssumeRoleResponse;
import software.amazon.awssdk.services.sts.model.AssumeRoleWithWebIdentityRequest;
import software.amazon.awssdk.services.sts.model.AssumeRoleWithWebIdentityResponse;
import software.amazon.awssdk.services.sts.model.AssumedRoleUser;
import software.amazon.awssdk.services.sts.model.Credentials;
import software.amazon.awssdk.services.sts.model.GetCallerIdentityResponse;
import software.amazon.awssdk.services.sts.model.PolicyDescriptorType;

/**
 * A pod that uses the SDK for Java. Requests come as lines of JSON and are answered in lines of JSON. Nothing about the
 * platform is configured here: all that the SDK knows of it comes from the environment.
 */
public final class Pod {
  private final StsClient sts = StsClient.create();
  private final DefaultCredentialsProvider credentials = DefaultCredentialsProvider.builder().build();
  private final SdkHttpClient http = Apache5HttpClient.create();

  private Map<String, Object> identity(JsonNode request) {
    GetCallerIdentityResponse answer = sts.getCallerIdentity();
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("account", answer.account());
    told.put("arn", answer.arn());
    told.put("userId", answer.userId());
    return told;
  }

  private Map<String, Object> exchange(JsonNode request) {
    AssumeRoleWithWebIdentityRequest.Builder call = AssumeRoleWithWebIdentityRequest.builder();
    text(request, "roleArn").ifPresent(call::roleArn);
    text(request, "sessionName").ifPresent(call::roleSessionName);
    text(request, "token").ifPresent(call::webIdentityToken);
    text(request, "policy").ifPresent(call::policy);
    request.field("durationSeconds").map(JsonNode::asNumber).map(Integer::valueOf).ifPresent(call::durationSeconds);
    request.field("policyArns").ifPresent(arns -> call.policyArns(arns.asArray().stream()
        .map(arn -> PolicyDescriptorType.builder().arn(arn.asString()).build())
        .toList()));
    AssumeRoleWithWebIdentityResponse answer = sts.assumeRoleWithWebIdentity(call.build());
    Map<String, Object> told = assumed(answer.credentials(), answer.assumedRoleUser());
    told.put("subject", answer.subjectFromWebIdentityToken());
    told.put("audience", answer.audience());
    told.put("provider", answer.provider());
    told.put("packedPolicySize", answer.packedPolicySize());
    return told;
  }

  /** The other role, and who its session is. */
  private Map<String, Object> chain(JsonNode request) {
    AssumeRoleResponse answer = sts.assumeRole(call -> {
      text(request, "roleArn").ifPresent(call::roleArn);
      text(request, "sessionName").ifPresent(call::roleSessionName);
    });
    Credentials keys = answer.credentials();
    AwsSessionCredentials session =
        AwsSessionCredentials.create(keys.accessKeyId(), keys.secretAccessKey(), keys.sessionToken());
    try (StsClient chained =
        StsClient.builder().credentialsProvider(StaticCredentialsProvider.create(session)).build()) {
      Map<String, Object> told = assumed(keys, answer.assumedRoleUser());
      told.put("whoAmI", chained.getCallerIdentity().arn());
      return told;
    }
  }

  /** A request of no AWS service, signed by the SDK's own signer. */
  private Map<String, Object> send(JsonNode request) throws IOException {
    byte[] body = text(request, "body").orElse("").getBytes(StandardCharsets.UTF_8);
    SdkHttpFullRequest plain = SdkHttpFullRequest.builder()
        .uri(URI.create(text(request, "url").orElseThrow()))
        .method(SdkHttpMethod.fromValue(text(request, "method").orElseThrow()))
        .build();
    SignedRequest signed = AwsV4HttpSigner.create().sign(call -> call
        .identity(credentials.resolveCredentials())
        .request(plain)
        .payload(ContentStreamProvider.fromByteArray(body))
        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, text(request, "service").orElseThrow())
        .putProperty(AwsV4HttpSigner.REGION_NAME, new DefaultAwsRegionProviderChain().getRegion().id()));
    HttpExecuteRequest.Builder execution = HttpExecuteRequest.builder().request(signed.request());
    if (body.length > 0) {
      execution.contentStreamProvider(signed.payload().orElseThrow());
    }
    HttpExecuteResponse answer = http.prepareRequest(execution.build()).call();
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("status", answer.httpResponse().statusCode());
    try (InputStream stream = answer.responseBody().orElseThrow()) {
      told.put("body", new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    }
    return told;
  }

  private static Map<String, Object> assumed(Credentials keys, AssumedRoleUser user) {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("accessKeyId", keys.accessKeyId());
    told.put("expiration", keys.expiration().toEpochMilli());
    told.put("arn", user.arn());
    told.put("assumedRoleId", user.assumedRoleId());
    return told;
  }

  private static Map<String, Object> failure(Exception error) {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("type", error.getClass().getSimpleName());
    told.put("code", "");
    told.put("message", String.valueOf(error.getMessage()));
    told.put("requestId", "");
    if (error instanceof AwsServiceException refused) {
      told.put("code", refused.awsErrorDetails().errorCode());
      told.put("message", refused.awsErrorDetails().errorMessage());
      told.put("requestId", refused.requestId());
    }
    return told;
  }

  private static Optional<String> text(JsonNode request, String name) {
    return request.field(name).map(JsonNode::asString);
  }

  private static void write(JsonWriter writer, String name, Object value) {
    writer.writeFieldName(name);
    if (value instanceof Number number) {
      writer.writeValue(number.longValue());
    } else if (value == null) {
      writer.writeNull();
    } else {
      writer.writeValue(value.toString());
    }
  }

  private static String line(String kind, Map<String, Object> told) {
    JsonWriter writer = JsonWriter.create();
    writer.writeStartObject();
    writer.writeFieldName(kind);
    writer.writeStartObject();
    told.forEach((name, value) -> write(writer, name, value));
    writer.writeEndObject();
    writer.writeEndObject();
    return new String(writer.getBytes(), StandardCharsets.UTF_8);
  }

  private String answer(JsonNode request) {
    try {
      return line("result", switch (text(request, "call").orElseThrow()) {
        case "identity" -> identity(request);
        case "exchange" -> exchange(request);
        case "chain" -> chain(request);
        case "send" -> send(request);
        default -> throw new IllegalArgumentException("no such call");
      });
    } catch (Exception error) {
      return line("error", failure(error));
    }
  }

  public static void main(String[] arguments) throws IOException {
    Pod pod = new Pod();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String request = lines.readLine(); request != null; request = lines.readLine()) {
      System.out.println(pod.answer(JsonNode.parser().parse(request)));
    }
  }
}
