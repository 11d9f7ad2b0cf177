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

{{- define "recsys.image" -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "recsys.webEnv" -}}
- configMapRef: {name: {{ include "recsys.name" (dict "root" . "part" "web") }}}
- secretRef: {name: {{ .Values.web.existingSecret }}}
{{- with .Values.milvus.existingSecret }}
- secretRef: {name: {{ . }}}
{{- end }}
{{- if .Values.airflow.api }}
- secretRef: {name: {{ .Values.airflow.existingSecret }}}
{{- end }}
{{- end }}

{{- /* Orders and erasures go where jobs read them; what jobs write can only be read. */ -}}
{{- define "recsys.handOverMounts" -}}
- {name: workspace, mountPath: /recsys/incoming, subPath: incoming}
- {name: workspace, mountPath: /recsys/erased, subPath: erased}
- {name: workspace, mountPath: /recsys/receipts, subPath: receipts, readOnly: true}
{{- end }}

{{- define "recsys.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "recsys.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
