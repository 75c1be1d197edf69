{{/* The settings as arguments and environment: as src/features/install/command-line.ts has it. */}}

{{/* Text as it is: Kubernetes expands $(NAME) in arguments and variables, unless the dollar sign is doubled. */}}
{{- define "podiam.literal" -}}
{{ replace "$" "$$" . | toJson }}
{{- end }}

{{/* A value as text; whole numbers are not written as 1e+06. */}}
{{- define "podiam.text" -}}
{{- if kindIs "float64" . }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end }}

{{/* (list NAME VALUE) as one line, or one for each item. */}}
{{- define "podiam.flags" -}}
{{- $name := index . 0 }}
{{- $value := index . 1 }}
{{- if kindIs "bool" $value }}
{{- if $value }}
- {{ printf "--%s" $name | toJson }}
{{- end }}
{{- else if kindIs "slice" $value }}
{{- range $value }}
- {{ include "podiam.literal" (printf "--%s=%s" $name (include "podiam.text" .)) }}
{{- end }}
{{- else if ne (toString $value) "" }}
- {{ include "podiam.literal" (printf "--%s=%s" $name (include "podiam.text" $value)) }}
{{- end }}
{{- end }}

{{/* The ConfigMaps that are mounted, as JSON: as src/features/install/configuration.ts has them. */}}
{{- define "podiam.configMaps" -}}
{{- $all := list -}}
{{- if include "podiam.configuration" . -}}
  {{- $all = append $all (dict "name" "configuration" "mountPath" "/etc/podiam/configuration" "key" "podiam.yaml" "flag" "config" "configMap" (include "podiam.configurationName" .)) -}}
{{- end -}}
{{- with .Values.clientCaConfigMap -}}
  {{- $all = append $all (dict "name" "client-ca" "mountPath" "/etc/podiam/client-ca" "key" "ca.crt" "flag" "client-ca" "configMap" .) -}}
{{- end -}}
{{- with .Values.containerCredentialsConfigMap -}}
  {{- $all = append $all (dict "name" "container-credentials" "mountPath" "/etc/podiam/container-credentials" "key" "identities.json" "flag" "watch-container-credentials-config" "configMap" . "optional" true) -}}
{{- end -}}
{{- toJson $all -}}
{{- end }}

{{- define "podiam.arguments" -}}
- webhook
{{- range include "podiam.configMaps" . | fromJsonArray }}
- {{ printf "--%s=%s/%s" .flag .mountPath .key | toJson }}
{{- end }}
{{- if include "podiam.mountsCertificate" . }}
- --tls=files
- --tls-cert=/etc/podiam/tls/tls.crt
- --tls-key=/etc/podiam/tls/tls.key
{{- else }}
- --tls={{ .Values.tls }}
{{- include "podiam.flags" (list "tls-secret" .Values.tlsSecret) }}
{{- end }}
{{- include "podiam.flags" (list "namespace" .Release.Namespace) }}
{{- include "podiam.flags" (list "service-name" .Values.serviceName) }}
{{- include "podiam.flags" (list "port" .Values.port) }}
{{- include "podiam.flags" (list "metrics-port" .Values.metricsPort) }}
{{- include "podiam.flags" (list "drain-seconds" .Values.drainSeconds) }}
{{- include "podiam.flags" (list "on-refusal" .Values.onRefusal) }}
{{- include "podiam.flags" (list "on-failure" (include "podiam.onFailure" .)) }}
{{- include "podiam.flags" (list "log-level" .Values.logLevel) }}
{{- include "podiam.flags" (list "profile" .Values.profile) }}
{{- include "podiam.flags" (list "watch-config-map" .Values.watchConfigMap) }}
{{- include "podiam.flags" (list "watch-namespaces" .Values.watchNamespaces) }}
{{- if .Values.lookupMilliseconds }}
{{- include "podiam.flags" (list "lookup-milliseconds" .Values.lookupMilliseconds) }}
{{- end }}
{{- range $name, $default := include "podiam.containerCredentials" . | fromJson }}
{{- $value := index $.Values (camelcase $name | untitle) }}
{{- if ne $value $default }}
{{- include "podiam.flags" (list $name $value) }}
{{- end }}
{{- end }}
{{- range $name, $value := .Values.injection }}
{{- include "podiam.flags" (list $name $value) }}
{{- end }}
{{- end }}

{{/* A flag cannot say no, where a profile's default may be yes: a variable can. */}}
{{- define "podiam.environment" -}}
{{- $offByDefault := (.Files.Get "files/definitions.json" | fromJson).offByDefault }}
{{- range $name, $value := .Values.injection }}
{{- if and (kindIs "bool" $value) (not $value) (not (has $name $offByDefault)) }}
- name: PODIAM_{{ $name | upper | replace "-" "_" }}
  value: "false"
{{- end }}
{{- end }}
{{- range $name, $value := .Values.env }}
- name: {{ $name | toJson }}
  value: {{ include "podiam.literal" (include "podiam.text" $value) }}
{{- end }}
{{- end }}
