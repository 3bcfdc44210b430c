{{- define "service.labels" -}}
app.kubernetes.io/name: {{ .Values.name }}
app.kubernetes.io/component: {{ .Values.kind }}
app.kubernetes.io/part-of: {{ .Values.team }}
app.kubernetes.io/version: {{ .Values.image.tag | quote }}
app.kubernetes.io/managed-by: argocd
{{- end }}

{{- /* What never changes: selectors are immutable. */ -}}
{{- define "service.selector" -}}
app.kubernetes.io/name: {{ .Values.name }}
{{- end }}

{{- define "service.isRouted" -}}{{ if ne .Values.kind "worker" }}yes{{ end }}{{- end }}

{{- /* REQ-A1; a worker listens for its probes only. */ -}}
{{- define "service.port" -}}{{ if eq .Values.kind "grpc" }}50051{{ else }}8080{{ end }}{{- end }}

{{- define "service.routeKind" -}}{{ if eq .Values.kind "grpc" }}GRPCRoute{{ else }}HTTPRoute{{ end }}{{- end }}

{{- /* The Service behind which all or the old version's pods are; Argo Rollouts points it at one ReplicaSet. */ -}}
{{- define "service.stable" -}}{{ .Values.name }}{{- end }}
{{- define "service.canary" -}}{{ .Values.name }}-{{ if eq .Values.rollout.strategy "canary" }}canary{{ else }}preview{{ end }}{{- end }}

{{- /* The histogram, in seconds, of what this kind of service does; k8s/metrics.yaml says who emits it. */ -}}
{{- define "service.duration" -}}
{{- get (dict "http" "http.server.request.duration" "websocket" "http.server.request.duration" "grpc" "rpc.server.call.duration" "worker" "messaging.process.duration") .Values.kind -}}
{{- end }}

{{- define "service.metrics" -}}startup-platform/services{{- end }}

{{- /* Where the store `services` finds them in Secrets Manager, after /startup-platform/STAGE/services/: below the
service's own name, so that no values reach another's. */ -}}
{{- define "service.secret" -}}{{ .Values.name }}{{- end }}

{{- define "service.image" -}}
{{ .Values.platform.registry }}/{{ .Values.name }}{{ if hasPrefix "sha256:" .Values.image.tag }}@{{ else }}:{{ end }}{{ .Values.image.tag }}
{{- end }}

{{- define "service.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "service.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* A CPU limit throttles a pod that shares an idle node: none. Memory cannot be shared out again: as much as asked. */ -}}
{{- define "service.resources" -}}
requests:
  cpu: {{ .Values.resources.cpu | quote }}
  memory: {{ .Values.resources.memory | quote }}
  ephemeral-storage: 256Mi
limits:
  memory: {{ .Values.resources.memory | quote }}
  ephemeral-storage: 1Gi
{{- end }}
