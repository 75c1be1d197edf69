{{/* Names, labels and what follows from the values: as src/features/install/object.ts and check.ts have it. */}}

{{- define "podiam.secretName" -}}
{{ .Values.tlsSecret | default (printf "%s-tls" .Values.serviceName) }}
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

{{/* The rows of the profiles that are on, as JSON. */}}
{{- define "podiam.profiles" -}}
{{- $on := list -}}
{{- $prefix := index .Values.injection "annotation-prefix" -}}
{{- range (.Files.Get "files/definitions.json" | fromJson).profiles -}}
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
{{- toJson $on -}}
{{- end }}

{{/* Settings that look as if they did something, and would not. */}}
{{- define "podiam.check" -}}
{{- $_ := required "The value image is needed: the image of Podiam, with its registry and its tag or digest." .Values.image -}}
{{- if and .Values.tlsSecret (ne .Values.tls "files") -}}
  {{- fail "The value tlsSecret has no use without tls=files." -}}
{{- end -}}
{{- if and .Values.caBundle (ne .Values.tls "files") -}}
  {{- fail "The value caBundle has no use without tls=files." -}}
{{- end -}}
{{- if and .Values.apiServerCidr (not .Values.networkPolicy) -}}
  {{- fail "The value apiServerCidr has no use without networkPolicy." -}}
{{- end -}}
{{- if eq (int .Values.port) (int .Values.metricsPort) -}}
  {{- fail "The values port and metricsPort are the same." -}}
{{- end -}}
{{- end }}
