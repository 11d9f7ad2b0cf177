{{- /* Names are looked up anywhere in the cluster. */ -}}
{{- define "recsys.dnsEgress" -}}
- to: [{namespaceSelector: {}}]
  ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
{{- end }}

{{- /* Servers in the cluster and outside of it, by port. The address that hands out the machine's own rights is not one. */ -}}
{{- define "recsys.serversEgress" -}}
- to:
    - namespaceSelector: {}
    - ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}
    - ipBlock: {cidr: "::/0", except: ["fd00:ec2::254/128"]}
  ports:
    {{- range . }}
    - {port: {{ int . }}, protocol: TCP}
    {{- end }}
{{- end }}

{{- /* Pods of the namespace of this name; of any namespace where it is empty. */ -}}
{{- define "recsys.fromNamespace" -}}
- namespaceSelector: {{ ternary (dict "matchLabels" (dict "kubernetes.io/metadata.name" .)) dict (ne . "") | toJson }}
{{- end }}
