{{- define "service.environment" -}}
- name: AWS_REGION
  value: {{ .Values.platform.region }}
- name: STAGE
  value: {{ .Values.platform.stage }}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: OTEL_SERVICE_NAME
  value: {{ .Values.name }}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: service.namespace={{ .Values.team }},service.version={{ .Values.image.tag }},service.instance.id=$(POD_NAME),k8s.pod.name=$(POD_NAME),deployment.environment.name={{ .Values.platform.stage }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .Values.platform.telemetryEndpoint }}
- name: OTEL_EXPORTER_OTLP_PROTOCOL
  value: grpc
- name: OTEL_PROPAGATORS
  value: tracecontext,baggage,xray
- name: OTEL_TRACES_SAMPLER
  value: parentbased_traceidratio
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ divf .Values.telemetry.sampledPercent 100 | quote }}
- name: OTEL_SEMCONV_STABILITY_OPT_IN
  value: http
# CloudWatch can tell p95 of an exponential histogram; of one with fixed buckets only count, sum and extremes arrive.
- name: OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION
  value: base2_exponential_bucket_histogram
# How long the program itself lets running requests end; Kubernetes ends it 15 seconds later.
- name: DRAIN_SECONDS
  value: {{ .Values.drainSeconds | quote }}
{{- range $name, $value := .Values.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
