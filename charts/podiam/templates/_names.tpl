{{/* Names, labels and what follows from the values: as src/features/install/object.ts and check.ts have it. */}}

{{- define "podiam.secretName" -}}
{{ .Values.tlsSecret | default (printf "%s-tls" .Values.serviceName) }}
{{- end }}

{{/* The settings of container credentials by their names, with their defaults, as JSON. */}}
{{- define "podiam.containerCredentials" -}}
{{- toJson (.Files.Get "files/definitions.json" | fromJson).containerCredentials -}}
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

{{/* Rows of one's own as the built-in ones are: what a row leaves open follows from its prefix. */}}
{{- define "podiam.ownProfiles" -}}
{{- $own := list -}}
{{- range .Values.profiles -}}
  {{- $prefix := index . "annotation-prefix" -}}
  {{- $annotations := index . "role-annotation" | default (printf "%s/role-arn" $prefix) -}}
  {{- if kindIs "string" $annotations }}{{ $annotations = list $annotations }}{{ end -}}
  {{- $optOut := index . "opt-out-label" | default (printf "%s/skip-pod-identity-webhook" $prefix) -}}
  {{- $own = append $own (dict "name" .name "optOutLabel" $optOut "roleAnnotations" $annotations "needsStsEndpoint" false) -}}
{{- end -}}
{{- toJson $own -}}
{{- end }}

{{/* The rows of the profiles that are on, as JSON. */}}
{{- define "podiam.profiles" -}}
{{- $on := list -}}
{{- $prefix := index .Values.injection "annotation-prefix" -}}
{{- $builtIn := (.Files.Get "files/definitions.json" | fromJson).profiles -}}
{{- $known := list -}}
{{- range concat $builtIn (include "podiam.ownProfiles" . | fromJsonArray) -}}
  {{- if has .name $known -}}
    {{- fail (printf "The name %s of a row of profiles is that of another profile." .name) -}}
  {{- end -}}
  {{- $known = append $known .name -}}
  {{- $lacks := and .needsStsEndpoint (not (index $.Values.injection "sts-endpoint")) -}}
  {{- $named := has .name $.Values.profile -}}
  {{- if and $named $lacks -}}
    {{- fail (printf "The profile %s needs injection.sts-endpoint." .name) -}}
  {{- end -}}
  {{- if or $named (and (not $.Values.profile) (not $lacks)) -}}
    {{- $annotations := ternary (list (printf "%s/role-arn" $prefix)) .roleAnnotations (not (empty $prefix)) -}}
    {{- $on = append $on (dict "optOutLabel" .optOutLabel "roleAnnotations" $annotations) -}}
  {{- end -}}
{{- end -}}
{{- range .Values.profile -}}
  {{- if not (has . $known) }}{{ fail (printf "There is no profile %s." .) }}{{ end -}}
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

{{/* Settings that look as if they did something, and would not. */}}
{{- define "podiam.check" -}}
{{- $_ := required "The value image is needed: the image of Podiam, with its registry and its tag or digest." .Values.image -}}
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
