{{- define "service.probe" -}}
{{- if .grpc -}}
grpc:
  port: 50051
{{- else -}}
httpGet:
  path: {{ .path }}
  port: http
{{- end }}
{{- end }}
