{{/* Values of the platform that contradict each other, or look as if they did something, and would not. */}}

{{- define "podiam.platform.check" -}}
{{- include "podiam.platform.checkRecords" . -}}
{{- include "podiam.platform.checkAddress" . -}}
{{- include "podiam.platform.checkNames" . -}}
{{- end }}

{{- define "podiam.platform.checkRecords" -}}
{{- $platform := .Values.platform -}}
{{- $places := list -}}
{{- if $platform.database.secret }}{{ $places = append $places "platform.database.secret" }}{{ end -}}
{{- if $platform.database.url }}{{ $places = append $places "platform.database.url" }}{{ end -}}
{{- if $platform.sqlite.enabled }}{{ $places = append $places "platform.sqlite.enabled" }}{{ end -}}
{{- if not $places -}}
  {{- fail "The platform has no place for its records: give platform.database.secret, the Secret with PostgreSQL's connection string, or platform.sqlite.enabled=true for one replica with a volume." -}}
{{- end -}}
{{- if gt (len $places) 1 -}}
  {{- fail (printf "The platform's records can be in one place only, and %s name several: leave one." (join " and " $places)) -}}
{{- end -}}
{{- if and $platform.sqlite.enabled (gt (int (include "podiam.platform.replicas" .)) 1) -}}
  {{- fail "SQLite's file is one process's: leave platform.replicas out, or give PostgreSQL by platform.database.secret for several replicas." -}}
{{- end -}}
{{- if and $platform.database.caConfigMap $platform.sqlite.enabled -}}
  {{- fail "The value platform.database.caConfigMap has no use with platform.sqlite.enabled." -}}
{{- end -}}
{{- if not $platform.keyEncryptionKey.secret -}}
  {{- fail (printf "The platform needs a key that its secrets are encrypted under, which no release may hold: make a Secret, kubectl --namespace %s create secret generic podiam-platform-keys --from-literal=key-encryption-key=\"$(openssl rand -base64 32)\", keep a copy of it elsewhere, and name it by platform.keyEncryptionKey.secret." .Release.Namespace) -}}
{{- end -}}
{{- end }}

{{- define "podiam.platform.checkAddress" -}}
{{- $platform := .Values.platform -}}
{{- $hasTls := not (empty (include "podiam.platform.hasTls" .)) -}}
{{- if not $platform.publicUrl -}}
  {{- fail "The value platform.publicUrl is needed: where clients reach the platform, such as https://api.example.com." -}}
{{- end -}}
{{- if and $hasTls (not (hasPrefix "https://" $platform.publicUrl)) -}}
  {{- fail "The platform serves TLS, and platform.publicUrl is no https:// address: change it, or say platform.tls=none where nothing is to be encrypted." -}}
{{- end -}}
{{- if and (eq $platform.tls "none") $platform.tlsSecret -}}
  {{- fail "The value platform.tlsSecret has no use with platform.tls=none; the certificate of an Ingress is platform.ingress.tlsSecret." -}}
{{- end -}}
{{- if and (eq $platform.tls "cert-manager") (not $platform.certificate.issuer) -}}
  {{- fail "The value platform.certificate.issuer is needed with platform.tls=cert-manager: the issuer whose certificates the platform's clients trust." -}}
{{- end -}}
{{- if and (ne $platform.tls "cert-manager") (or $platform.certificate.issuer $platform.certificate.dnsNames) -}}
  {{- fail "The values platform.certificate have no use without platform.tls=cert-manager." -}}
{{- end -}}
{{- if and $platform.ingress.tlsSecret (not $platform.ingress.enabled) -}}
  {{- fail "The value platform.ingress.tlsSecret has no use without platform.ingress.enabled." -}}
{{- end -}}
{{- if ne (empty $platform.gateway.upstream) (empty $platform.gateway.routesConfigMap) -}}
  {{- fail "A gateway needs both: platform.gateway.upstream, the API behind it, and platform.gateway.routesConfigMap, the ConfigMap whose routes.yaml has the API's routes." -}}
{{- end -}}
{{- end }}

{{/* Two objects of one kind and name would be one. */}}
{{- define "podiam.platform.checkNames" -}}
{{- $name := .Values.platform.name -}}
{{- $webhook := .Values.serviceName -}}
{{- $taken := or (has $webhook (list $name (printf "%s-metrics" $name))) (has $name (list (printf "%s-test" $webhook) (printf "%s-ca" $webhook) (printf "%s-configuration" $webhook))) -}}
{{- if and .Values.webhook.enabled $taken -}}
  {{- fail (printf "The webhook's name %s and the platform's name %s would name the same objects: change serviceName or platform.name." $webhook $name) -}}
{{- end -}}
{{- end }}
