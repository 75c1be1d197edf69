// A pod that uses the SDK for Go. Requests come as lines of JSON and are answered in lines of JSON. Nothing about the
// platform is configured here: all that the SDK knows of it comes from the environment.
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

type request struct {
	Call            string
	RoleArn         *string
	SessionName     *string
	Token           *string
	DurationSeconds *int32
	Policy          *string
	PolicyArns      []string
	Method          string
	URL             string
	Service         string
	Body            string
}

type answer map[string]any

type pod struct {
	config aws.Config
	sts    *sts.Client
}

func (p pod) identity(ctx context.Context, _ request) (answer, error) {
	out, err := p.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	return answer{"account": out.Account, "arn": out.Arn, "userId": out.UserId}, nil
}

func assumed(keys *types.Credentials, user *types.AssumedRoleUser) answer {
	return answer{
		"accessKeyId":   keys.AccessKeyId,
		"expiration":    keys.Expiration.UnixMilli(),
		"arn":           user.Arn,
		"assumedRoleId": user.AssumedRoleId,
	}
}

func (p pod) exchange(ctx context.Context, r request) (answer, error) {
	in := &sts.AssumeRoleWithWebIdentityInput{
		RoleArn:          r.RoleArn,
		RoleSessionName:  r.SessionName,
		WebIdentityToken: r.Token,
		DurationSeconds:  r.DurationSeconds,
		Policy:           r.Policy,
	}
	for _, arn := range r.PolicyArns {
		in.PolicyArns = append(in.PolicyArns, types.PolicyDescriptorType{Arn: &arn})
	}
	out, err := p.sts.AssumeRoleWithWebIdentity(ctx, in)
	if err != nil {
		return nil, err
	}
	told := assumed(out.Credentials, out.AssumedRoleUser)
	told["subject"] = out.SubjectFromWebIdentityToken
	told["audience"] = out.Audience
	told["provider"] = out.Provider
	told["packedPolicySize"] = out.PackedPolicySize
	return told, nil
}

// The other role, and who its session is.
func (p pod) chain(ctx context.Context, r request) (answer, error) {
	out, err := p.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: r.RoleArn, RoleSessionName: r.SessionName})
	if err != nil {
		return nil, err
	}
	keys := out.Credentials
	chained := sts.NewFromConfig(p.config, func(o *sts.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider(*keys.AccessKeyId, *keys.SecretAccessKey, *keys.SessionToken)
	})
	who, err := chained.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	told := assumed(keys, out.AssumedRoleUser)
	told["whoAmI"] = who.Arn
	return told, nil
}

// A request of no AWS service, signed by the SDK's own signer.
func (p pod) send(ctx context.Context, r request) (answer, error) {
	plain, err := http.NewRequestWithContext(ctx, r.Method, r.URL, strings.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	keys, err := p.config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(r.Body))
	err = v4.NewSigner().SignHTTP(ctx, keys, plain, hex.EncodeToString(hash[:]), r.Service, p.config.Region, time.Now())
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(plain)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{"status": response.StatusCode, "body": string(body)}, err
}

func failure(err error) answer {
	told := answer{"type": "", "code": "", "message": err.Error(), "requestId": ""}
	var api smithy.APIError
	if errors.As(err, &api) {
		told["type"] = reflect.TypeOf(api).Elem().Name()
		told["code"] = api.ErrorCode()
		told["message"] = api.ErrorMessage()
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		told["requestId"] = response.RequestID
	}
	return told
}

func main() {
	ctx := context.Background()
	loaded, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	p := pod{config: loaded, sts: sts.NewFromConfig(loaded)}
	calls := map[string]func(context.Context, request) (answer, error){
		"identity": p.identity, "exchange": p.exchange, "chain": p.chain, "send": p.send,
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic(err)
		}
		told := answer{}
		if result, err := calls[r.Call](ctx, r); err != nil {
			told["error"] = failure(err)
		} else {
			told["result"] = result
		}
		if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
			panic(err)
		}
	}
}
