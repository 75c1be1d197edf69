{{/* Names, labels and what follows from the values: as src/features/install/object.ts and check.ts have it. */}}

{{- define "podiam.secretName" -}}
{{ .Values.tlsSecret | default (printf "%s-tls" .Values.serviceName) }}
{{- end }}

{{/* The settings of container credentials by their names, with their defaults, as JSON. */}}
{{- define "podiam.containerCredentials" -}}
{{- toJson (.Files.Get "files/definitions.json" | fromJson).containerCredentials -}}
{{- end }}

{{/* What was set, else as the failure policy has it: whoever says Fail means this failure, too. */}}
{{- define "podiam.onFailure" -}}
{{ .Values.onFailure | default (ternary "deny" "warn" (eq .Values.failurePolicy "Fail")) }}
{{- end }}

{{/* Whether the certificate is mounted as files; the webhook reads any other Secret by itself. */}}
{{- define "podiam.mountsCertificate" -}}
{{- if has .Values.tls (list "files" "cert-manager") }}true{{ end -}}
{{- end }}

{{- define "podiam.labels" -}}
app.kubernetes.io/name: podiam
app.kubernetes.io/instance: {{ .Values.serviceName | toJson }}
app.kubernetes.io/component: webhook
{{- end }}

{{/* Of what `helm test` makes. Not the webhook's own labels: its Service must not take the test's pod for a webhook. */}}
{{- define "podiam.testLabels" -}}
app.kubernetes.io/name: podiam
app.kubernetes.io/instance: {{ printf "%s-test" .Values.serviceName | toJson }}
app.kubernetes.io/component: test
{{- end }}

{{/* The metadata of an object in the release's namespace: (list $ NAME). */}}
{{- define "podiam.inNamespace" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 | toJson }}
namespace: {{ $root.Release.Namespace | toJson }}
labels:
  {{- include "podiam.labels" $root | nindent 2 }}
{{- end }}

{{- define "podiam.inCluster" -}}
name: {{ .Values.serviceName | toJson }}
labels:
  {{- include "podiam.labels" . | nindent 2 }}
{{- end }}

{{/* A profile as a row of one's own changes it: (list PROFILE ROW). Another prefix brings the role's annotation with it. */}}
{{- define "podiam.withRow" -}}
{{- $profile := index . 0 -}}
{{- $row := index . 1 -}}
{{- $prefix := index $row "annotation-prefix" -}}
{{- $annotations := index $row "role-annotation" | default (ternary (list (printf "%s/role-arn" $prefix)) $profile.roleAnnotations (not (empty $prefix))) -}}
{{- if kindIs "string" $annotations }}{{ $annotations = list $annotations }}{{ end -}}
{{- $optOut := index $row "opt-out-label" | default $profile.optOutLabel -}}
{{- $needs := and $profile.needsStsEndpoint (not (index $row "sts-endpoint")) -}}
{{- toJson (dict "name" $profile.name "optOutLabel" $optOut "roleAnnotations" $annotations "needsStsEndpoint" $needs) -}}
{{- end }}

{{/* All profiles there are, as JSON: the built-in ones, as rows of the same name have them, then the other rows. */}}
{{- define "podiam.allProfiles" -}}
{{- $rows := dict -}}
{{- range .Values.profiles -}}
  {{- if hasKey $rows .name }}{{ fail (printf "The name %s of a row of profiles is that of another row." .name) }}{{ end -}}
  {{- $_ := set $rows .name . -}}
{{- end -}}
{{- $all := list -}}
{{- $builtIn := list -}}
{{- range (.Files.Get "files/definitions.json" | fromJson).profiles -}}
  {{- $builtIn = append $builtIn .name -}}
  {{- $all = append $all (include "podiam.withRow" (list . (index $rows .name | default dict)) | fromJson) -}}
{{- end -}}
{{- range .Values.profiles -}}
  {{- if not (has .name $builtIn) -}}
    {{- $optOut := printf "%s/skip-pod-identity-webhook" (index . "annotation-prefix") -}}
    {{- $all = append $all (include "podiam.withRow" (list (dict "name" .name "optOutLabel" $optOut "roleAnnotations" list "needsStsEndpoint" false) .) | fromJson) -}}
  {{- end -}}
{{- end -}}
{{- toJson $all -}}
{{- end }}

{{/* The rows of the profiles that are on, as JSON. */}}
{{- define "podiam.profiles" -}}
{{- $on := list -}}
{{- $names := list -}}
{{- $prefix := index .Values.injection "annotation-prefix" -}}
{{- $known := list -}}
{{- range include "podiam.allProfiles" . | fromJsonArray -}}
  {{- $known = append $known .name -}}
  {{- $lacks := and .needsStsEndpoint (not (index $.Values.injection "sts-endpoint")) -}}
  {{- $named := has .name $.Values.profile -}}
  {{- if and $named $lacks -}}
    {{- fail (printf "The profile %s needs injection.sts-endpoint." .name) -}}
  {{- end -}}
  {{- if or $named (and (not $.Values.profile) (not $lacks)) -}}
    {{- $names = append $names .name -}}
    {{- $annotations := ternary (list (printf "%s/role-arn" $prefix)) .roleAnnotations (not (empty $prefix)) -}}
    {{- $on = append $on (dict "optOutLabel" .optOutLabel "roleAnnotations" $annotations) -}}
  {{- end -}}
{{- end -}}
{{- range .Values.profile -}}
  {{- if not (has . $known) }}{{ fail (printf "There is no profile %s." .) }}{{ end -}}
{{- end -}}
{{- if gt (len $names) 1 -}}
  {{- range (.Files.Get "files/definitions.json" | fromJson).ofOneProfile -}}
    {{- $value := index $.Values.injection . -}}
    {{- if or $value (kindIs "bool" $value) -}}
      {{- fail (printf "The value injection.%s is of one platform, and the profiles %s are on: name one by profile, or give each its own under profiles." . (join ", " $names)) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- toJson $on -}}
{{- end }}

{{/* Not the webhook's own name: that of Amazon's is also the name of the ConfigMap that maps roles. */}}
{{- define "podiam.configurationName" -}}
{{ printf "%s-configuration" .Values.serviceName }}
{{- end }}

{{/* JSON, which is YAML too, in the very bytes of src/features/install/configuration.ts; nothing where it is not needed. */}}
{{- define "podiam.configuration" -}}
{{- $configuration := dict -}}
{{- with .Values.profiles }}{{ $_ := set $configuration "profiles" . }}{{ end -}}
{{- if kindIs "slice" .Values.allowedRoles }}{{ $_ := set $configuration "allowed-roles" .Values.allowedRoles }}{{ end -}}
{{- with $configuration }}{{ toPrettyJson . }}{{ end -}}
{{- end }}

{{/* What cannot be installed, or would be without use. */}}
{{- define "podiam.check" -}}
{{- if not (or .Values.webhook.enabled .Values.platform.enabled) -}}
  {{- fail "Both webhook.enabled and platform.enabled are off, and nothing would be installed: turn one on." -}}
{{- end -}}
{{- $_ := required "The value image is needed: the image of Podiam, with its registry and its tag or digest." .Values.image -}}
{{- $namespace := .Release.Namespace -}}
{{- $isMeant := and (eq $namespace "kube-system") .Values.allowKubeSystem -}}
{{- if and (has $namespace (list "default" "kube-public" "kube-node-lease" "kube-system")) (not $isMeant) -}}
  {{- fail (printf "The namespace %s is shared by the whole cluster: give --namespace podiam-system --create-namespace; for kube-system alone, allowKubeSystem says that you mean it." $namespace) -}}
{{- end -}}
{{- if and .Values.allowKubeSystem (ne $namespace "kube-system") -}}
  {{- fail "The value allowKubeSystem has no use without the namespace kube-system." -}}
{{- end -}}
{{- if .Values.webhook.enabled }}{{ include "podiam.checkWebhook" . }}{{ end -}}
{{- if .Values.platform.enabled }}{{ include "podiam.platform.check" . }}{{ end -}}
{{- end }}

{{/* Settings that look as if they did something, and would not. */}}
{{- define "podiam.checkWebhook" -}}
{{- if and .Values.caBundle (not (has .Values.tls (list "secret" "files"))) -}}
  {{- fail "The value caBundle has no use without tls=secret or tls=files." -}}
{{- end -}}
{{- if not .Values.containerCredentialsConfigMap -}}
  {{- range $name, $default := include "podiam.containerCredentials" . | fromJson -}}
    {{- if ne (index $.Values (camelcase $name | untitle)) $default -}}
      {{- fail (printf "The value %s has no use without containerCredentialsConfigMap." (camelcase $name | untitle)) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- if and .Values.apiServerCidr (not .Values.networkPolicy) -}}
  {{- fail "The value apiServerCidr has no use without networkPolicy." -}}
{{- end -}}
{{- if eq (int .Values.port) (int .Values.metricsPort) -}}
  {{- fail "The values port and metricsPort are the same." -}}
{{- end -}}
{{- end }}
