{{- /* What spans two values; one that stands alone is the schema's to refuse. */ -}}
{{- define "service.mistakes" -}}
{{- $route := .Values.route | default dict -}}
{{- if and (eq .Values.kind "worker") .Values.route -}}
{{- fail (printf "%s: route is given, but nobody calls a worker; drop route, or make kind http, grpc or websocket" .Values.name) -}}
{{- end -}}
{{- if and (has .Values.kind (list "http" "websocket")) (or (not $route.paths) $route.services) -}}
{{- fail (printf "%s: kind %s is routed by path; give route.paths, such as [/api]%s" .Values.name .Values.kind (ternary ", and drop route.services, which is for grpc" "" (hasKey $route "services"))) -}}
{{- end -}}
{{- if and (eq .Values.kind "grpc") (or (not $route.services) $route.paths) -}}
{{- fail (printf "%s: kind grpc is routed by its protobuf services; give route.services, such as [feed.v1.Feed]%s" .Values.name (ternary ", and drop route.paths, which is for http" "" (hasKey $route "paths"))) -}}
{{- end -}}
{{- if and (eq .Values.kind "websocket") $route.timeoutSeconds -}}
{{- fail (printf "%s: route.timeoutSeconds would cut every connection of kind websocket; drop it" .Values.name) -}}
{{- end -}}
{{- if gt (int .Values.scaling.min) (int .Values.scaling.max) -}}
{{- fail (printf "%s: scaling.min %d is above scaling.max %d" .Values.name (int .Values.scaling.min) (int .Values.scaling.max)) -}}
{{- end -}}
{{- if and (eq .Values.kind "worker") (or (eq .Values.rollout.strategy "blueGreen") .Values.scaling.requestsPerSecond) -}}
{{- fail (printf "%s: nobody calls a worker, so it has no blueGreen and no scaling.requestsPerSecond; scale it by scaling.queue" .Values.name) -}}
{{- end -}}
{{- if and (eq .Values.kind "websocket") .Values.scaling.requestsPerSecond -}}
{{- fail (printf "%s: requests say little of kind websocket, whose connections last; scale it by scaling.cpuPercent or scaling.operationsPerSecond" .Values.name) -}}
{{- end -}}
{{- range $variable, $_ := merge (dict) .Values.env .Values.secrets -}}
{{- if or (hasPrefix "AWS_" $variable) (hasPrefix "OTEL_" $variable) (has $variable (list "DATABASE_USER" "DRAIN_SECONDS" "STAGE" "POD_NAME")) -}}
{{- fail (printf "%s: the variable %s is the platform's to set; drop it from env and secrets" $.Values.name $variable) -}}
{{- end -}}
{{- end -}}
{{- end }}
