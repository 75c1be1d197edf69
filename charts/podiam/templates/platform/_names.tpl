{{/* The platform's names and labels, its configuration, and what is mounted for it. */}}

{{- define "podiam.platform.labels" -}}
app.kubernetes.io/name: podiam
app.kubernetes.io/instance: {{ .Values.platform.name | toJson }}
app.kubernetes.io/component: platform
{{- end }}

{{/* Of what `helm test` makes, which the platform's Service must not take for a replica. */}}
{{- define "podiam.platform.testLabels" -}}
app.kubernetes.io/name: podiam
app.kubernetes.io/instance: {{ printf "%s-test" .Values.platform.name | toJson }}
app.kubernetes.io/component: test
{{- end }}

{{/* The metadata of an object of the platform's: (list $ NAME). */}}
{{- define "podiam.platform.metadata" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 | toJson }}
namespace: {{ $root.Release.Namespace | toJson }}
labels:
  {{- include "podiam.platform.labels" $root | nindent 2 }}
{{- end }}

{{- define "podiam.platform.tlsSecret" -}}
{{ .Values.platform.tlsSecret | default (printf "%s-tls" .Values.platform.name) }}
{{- end }}

{{- define "podiam.platform.hasTls" -}}
{{- if ne .Values.platform.tls "none" }}true{{ end -}}
{{- end }}

{{/* Where the Service is asked: by whoever is in the cluster. */}}
{{- define "podiam.platform.url" -}}
{{ printf "%s://%s.%s.svc" (ternary "https" "http" (not (empty (include "podiam.platform.hasTls" .)))) .Values.platform.name .Release.Namespace }}
{{- end }}

{{/* How many replicas: what was set, else two, or one where SQLite allows no more. */}}
{{- define "podiam.platform.replicas" -}}
{{- if kindIs "invalid" .Values.platform.replicas -}}
{{ ternary 1 2 .Values.platform.sqlite.enabled }}
{{- else -}}
{{ int .Values.platform.replicas }}
{{- end -}}
{{- end }}

{{/* Listeners by name and port, as JSON. */}}
{{- define "podiam.platform.ports" -}}
{{- $ports := list (dict "name" "api" "port" 8480 "servicePort" (ternary 443 80 (not (empty (include "podiam.platform.hasTls" .))))) -}}
{{- if .Values.platform.gateway.upstream -}}
  {{- $ports = append $ports (dict "name" "gateway" "port" 8481 "servicePort" 8481) -}}
{{- end -}}
{{- toJson $ports -}}
{{- end }}

{{/* Files that are mounted, as JSON: where, and the volume's source. 288 is 0440. */}}
{{- define "podiam.platform.files" -}}
{{- $platform := .Values.platform -}}
{{- $all := list (dict "name" "configuration" "source" (dict "configMap" (dict "name" $platform.name))) -}}
{{- $keys := dict "secretName" $platform.keyEncryptionKey.secret "defaultMode" 288 -}}
{{- $all = append $all (dict "name" "key-encryption-key" "source" (dict "secret" $keys)) -}}
{{- if not $platform.sqlite.enabled -}}
  {{- $database := dict "secretName" (include "podiam.platform.databaseSecret" .) "defaultMode" 288 -}}
  {{- $all = append $all (dict "name" "database" "source" (dict "secret" $database)) -}}
{{- end -}}
{{- if include "podiam.platform.hasTls" . -}}
  {{- $tls := dict "secretName" (include "podiam.platform.tlsSecret" .) "defaultMode" 288 -}}
  {{- $all = append $all (dict "name" "tls" "source" (dict "secret" $tls)) -}}
{{- end -}}
{{- with $platform.database.caConfigMap -}}
  {{- $all = append $all (dict "name" "database-ca" "source" (dict "configMap" (dict "name" .))) -}}
{{- end -}}
{{- with $platform.issuerCaConfigMap -}}
  {{- $all = append $all (dict "name" "issuer-ca" "source" (dict "configMap" (dict "name" .))) -}}
{{- end -}}
{{- with $platform.gateway.routesConfigMap -}}
  {{- $all = append $all (dict "name" "routes" "source" (dict "configMap" (dict "name" .))) -}}
{{- end -}}
{{- toJson $all -}}
{{- end }}

{{/* The Secret with the connection string: the one that is named, or the one that holds the value. */}}
{{- define "podiam.platform.databaseSecret" -}}
{{ .Values.platform.database.secret | default (printf "%s-database" .Values.platform.name) }}
{{- end }}

{{/* The claim of SQLite's volume. */}}
{{- define "podiam.platform.claim" -}}
{{ .Values.platform.sqlite.claim | default (printf "%s-data" .Values.platform.name) }}
{{- end }}

{{/*
The configuration file of `podiam platform`, as JSON, which is YAML too. A file rather than flags: the operator's commands
that are run in the pod read the same.
*/}}
{{- define "podiam.platform.configuration" -}}
{{- $platform := .Values.platform -}}
{{- $folder := "/etc/podiam" -}}
{{- $keys := list -}}
{{- range $platform.keyEncryptionKey.keys -}}
  {{- $keys = append $keys (printf "file:%s/key-encryption-key/%s" $folder .) -}}
{{- end -}}
{{- $own := dict
  "data" "/var/lib/podiam/platform"
  "key-encryption-key" $keys
  "host" "::"
  "port" 8480
  "metrics-port" 9480
  "public-url" $platform.publicUrl
  "drain-seconds" $platform.drainSeconds
-}}
{{- $configuration := merge $own $platform.settings -}}
{{- if not $platform.sqlite.enabled -}}
  {{- $_ := set $configuration "database-file" (printf "%s/database/%s" $folder (ternary "url" $platform.database.key (empty $platform.database.secret))) -}}
{{- end -}}
{{- if include "podiam.platform.hasTls" . -}}
  {{- $_ := set $configuration "tls-cert" (printf "%s/tls/tls.crt" $folder) -}}
  {{- $_ := set $configuration "tls-key" (printf "%s/tls/tls.key" $folder) -}}
{{- end -}}
{{- if $platform.issuerCaConfigMap -}}
  {{- $_ := set $configuration "issuer-ca" (printf "%s/issuer-ca/ca.crt" $folder) -}}
{{- end -}}
{{- with $platform.gateway.upstream -}}
  {{- $_ := set $configuration "gateway-port" 8481 -}}
  {{- $_ := set $configuration "upstream" . -}}
  {{- $_ := set $configuration "routes" (printf "%s/routes/routes.yaml" $folder) -}}
{{- end -}}
{{- toPrettyJson $configuration -}}
{{- end }}
