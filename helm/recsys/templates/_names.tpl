{{- define "recsys.name" -}}
{{ printf "%s-%s" .root.Release.Name .part | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "recsys.selector" -}}
app.kubernetes.io/name: recsys
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "recsys.labels" -}}
{{ include "recsys.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "recsys.metadata" -}}
name: {{ include "recsys.name" . }}
namespace: {{ .root.Release.Namespace }}
labels: {{- include "recsys.labels" . | nindent 2 }}
{{- end }}

{{- /* A digest says which bytes run; a tag may be moved. */ -}}
{{- define "recsys.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end }}
{{- end }}
