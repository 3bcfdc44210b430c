{{- define "service.egress" -}}
- to: # traces and metrics, to the agent of the same node
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
  ports:
    - { protocol: TCP, port: 4317 }
- to: # gRPC inside, through the gateway that shifts its weights
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: envoy-gateway-system
  ports:
    - { protocol: TCP, port: 50051 }
- to: # the node's Pod Identity agent: credentials of AWS
    - ipBlock:
        cidr: 169.254.170.23/32
  ports:
    - { protocol: TCP, port: 80 }
- to: # AWS's APIs and partners, but not the node's own metadata
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [169.254.0.0/16]
  ports:
    - { protocol: TCP, port: 443 }
{{- range .Values.network.calls }}
- to: # its own callers name this one
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ .team }}
      podSelector:
        matchLabels:
          app.kubernetes.io/name: {{ .service }}
  ports:
    - { protocol: TCP, port: {{ .port }} }
{{- end }}
{{- range .Values.network.to }}
- to:
    - ipBlock:
        cidr: {{ .cidr }}
  ports:
    - { protocol: TCP, port: {{ .port }} }
{{- end }}
{{- end }}
