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

{{- /* MiB of thumbnails: two thirds of web.cacheSize, for static and temporary files are on that volume, too. */ -}}
{{- define "recsys.thumbnailCacheMb" -}}
{{- $unit := get (dict "Ki" 1 "Mi" 1024 "Gi" 1048576 "Ti" 1073741824) (regexFind "[KMGT]i" .Values.web.cacheSize) -}}
{{- div (mul (atoi (regexFind "[0-9]+" .Values.web.cacheSize)) $unit 2) 3072 -}}
{{- end }}

{{- /* What every pod has in common. No pod here asks Kubernetes anything. */ -}}
{{- define "recsys.podSpec" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "recsys.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* Counted within one version of the pods, so that an update is spread, too. */ -}}
{{- define "recsys.topologySpread" -}}
{{- if .root.Values.topologySpread.enabled -}}
topologySpreadConstraints:
  {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: {{ $.root.Values.topologySpread.whenUnsatisfiable }}
    labelSelector:
      matchLabels: {{- include "recsys.selector" (dict "root" $.root "part" $.part) | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end }}

{{- /* A command of manage.py at its times. Takes root, part, command, schedule, mounts. */ -}}
{{- define "recsys.cronJob" -}}
apiVersion: batch/v1
kind: CronJob
metadata: {{- include "recsys.metadata" . | nindent 2 }}
spec:
  schedule: {{ .schedule | quote }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 300
  jobTemplate:
    spec:
      backoffLimit: 1
      activeDeadlineSeconds: 3600
      template:
        metadata:
          labels: {{- include "recsys.labels" . | nindent 12 }}
        spec:
          restartPolicy: Never
          {{- include "recsys.podSpec" .root | nindent 10 }}
          containers:
            - name: {{ .part }}
              image: {{ include "recsys.image" (dict "root" .root "image" .root.Values.web.image) | quote }}
              imagePullPolicy: {{ .root.Values.web.image.pullPolicy }}
              command: [python, django_site/manage.py, {{ .command }}]
              securityContext: {{- include "recsys.containerSecurity" .root | nindent 16 }}
              envFrom: {{- include "recsys.webEnv" .root | nindent 16 }}
              resources: {{- toYaml .root.Values.commands.resources | nindent 16 }}
              volumeMounts:
                - {name: own, mountPath: /recsys, subPath: recsys}
                - {name: own, mountPath: /tmp, subPath: tmp}
                {{- .mounts | nindent 16 }}
          volumes:
            - name: workspace
              persistentVolumeClaim: {claimName: {{ .root.Values.workspace.existingClaim }}}
            - name: own
              emptyDir: {sizeLimit: 256Mi}
{{- end }}
