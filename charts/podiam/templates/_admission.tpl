{{/* Parts of the webhook configuration: as src/features/install/admission.ts has it. */}}

{{- define "podiam.notOptedOut" -}}
- key: podiam.dev/webhook
  operator: NotIn
  values: [disabled]
- key: irsa-webhook
  operator: NotIn
  values: [disabled]
{{- end }}

{{- define "podiam.common" -}}
admissionReviewVersions: [v1]
clientConfig:
  service:
    namespace: {{ .Release.Namespace | toJson }}
    name: {{ .Values.serviceName | toJson }}
    path: /mutate
    port: 443
  {{- with .Values.caBundle }}
  caBundle: {{ b64enc . }}
  {{- end }}
matchPolicy: Equivalent
# Refusals are told as events, except of a dry run.
sideEffects: NoneOnDryRun
timeoutSeconds: {{ int .Values.timeoutSeconds }}
{{- end }}

{{/* What both entries about pods have in common: (list $ PROFILES). */}}
{{- define "podiam.pods" -}}
{{- $keys := list -}}
{{- range index . 1 }}{{ $keys = append $keys .optOutLabel }}{{ end -}}
{{ include "podiam.common" (index . 0) }}
# Another webhook may add a side car after us.
reinvocationPolicy: IfNeeded
rules:
  - apiGroups: [""]
    apiVersions: [v1]
    scope: Namespaced
    operations: [CREATE]
    resources: [pods]
  - apiGroups: [""]
    apiVersions: [v1]
    scope: Namespaced
    operations: [UPDATE]
    resources: [pods/ephemeralcontainers]
objectSelector:
  matchExpressions:
    {{- range uniq $keys }}
    - key: {{ . | toJson }}
      operator: DoesNotExist
    {{- end }}
# A field is asked for before it is read: an error would count as a failure of the webhook.
matchConditions:
  - name: no-mirror-of-a-static-pod
    expression: "!has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)"
  # Ephemeral containers can mount a token that the pod has, and cannot bring one.
  - name: ephemeral-containers-only-beside-a-token
    expression: >-
      !has(request.subResource) || request.subResource != 'ephemeralcontainers' || (has(object.spec.volumes) &&
      object.spec.volumes.exists(v, has(v.projected) && has(v.projected.sources) && v.projected.sources.exists(s,
      has(s.serviceAccountToken) && has(s.serviceAccountToken.audience))))
{{- end }}
