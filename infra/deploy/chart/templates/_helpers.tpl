{{- define "graphferry.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- /* Of a dict: root, part. */ -}}
{{- define "graphferry.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "graphferry.metadata" -}}
name: {{ include "graphferry.name" .root }}-{{ .part }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "graphferry.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "graphferry.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end -}}

{{- /* JSON of the databases; fields that are keys of secrets become paths of files. */ -}}
{{- define "graphferry.databases" -}}
{{- $all := dict -}}
{{- range $name, $fields := .Values.databases -}}
{{- $one := dict -}}
{{- range $field, $value := $fields -}}
{{- $_ := set $one $field (kindIs "map" $value | ternary (printf "%s/%s.%s" (include "graphferry.files" $) $name $field) $value) -}}
{{- end -}}
{{- $_ := set $all $name $one -}}
{{- end -}}
{{- toJson $all -}}
{{- end -}}

{{- /* A variable whose value Kubernetes leaves as it is: it would replace $(NAME). */ -}}
{{- define "graphferry.variable" -}}
- name: {{ .name }}
  value: {{ kindIs "string" .value | ternary .value (toJson .value) | toString | replace "$" "$$" | toJson }}
{{- end -}}

{{- define "graphferry.environ" -}}
{{- range $name, $value := .Values.settings }}
{{ include "graphferry.variable" (dict "name" $name "value" $value) }}
{{- end }}
{{- range $name, $_ := .Values.secretFiles }}
- name: {{ $name }}
  value: {{ include "graphferry.files" $ }}/{{ $name }}
{{- end }}
{{- range $name, $secret := .Values.bucketSecrets }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ $secret.name | quote }}, key: {{ $secret.key | quote }}}}
{{- end }}
{{- if .Values.databases }}
{{ include "graphferry.variable" (dict "name" "GRAPHFERRY_DATABASES" "value" (include "graphferry.databases" .)) }}
{{- end }}
- name: GRAPHFERRY_DATA_DIR
  value: {{ include "graphferry.data" . }}
- name: TMPDIR
  value: {{ include "graphferry.scratch" . }}
{{- end -}}

{{- define "graphferry.secrets" -}}
{{- range $name, $secret := .Values.secretFiles }}
- secret: {name: {{ $secret.name | quote }}, items: [{key: {{ $secret.key | quote }}, path: {{ $name }}}]}
{{- end }}
{{- range $name, $fields := .Values.databases }}
{{- range $field, $secret := $fields }}
{{- if kindIs "map" $secret }}
- secret: {name: {{ $secret.name | quote }}, items: [{key: {{ $secret.key | quote }}, path: {{ printf "%s.%s" $name $field | quote }}}]}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "graphferry.graceSecondsOfWorkers" -}}
{{ add (int .Values.settings.GRAPHFERRY_DRAIN_SECONDS) (int (include "graphferry.graceSeconds" .)) }}
{{- end -}}

{{- /* The pod but for its containers, of a dict: root, pod. Links to services would be variables GRAPHFERRY_…. */ -}}
{{- define "graphferry.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ include "graphferry.user" .root }}
  runAsGroup: {{ include "graphferry.user" .root }}
  fsGroup: {{ include "graphferry.user" .root }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .pod }}
{{ toYaml . }}
{{- end }}
volumes:
  - name: data
    {{- if .root.Values.dataClaim }}
    persistentVolumeClaim: {claimName: {{ .root.Values.dataClaim | quote }}}
    {{- else }}
    emptyDir: {}
    {{- end }}
  - name: scratch
    emptyDir: {sizeLimit: {{ .root.Values.scratch.sizeLimit | quote }}}
{{- with include "graphferry.secrets" .root | trim }}
  - name: files
    projected:
      defaultMode: 0440
      sources:
        {{- . | nindent 8 }}
{{- end }}
{{- end -}}

{{- /* A container but for what only its process has. */ -}}
{{- define "graphferry.container" -}}
image: {{ include "graphferry.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: data, mountPath: {{ include "graphferry.data" . }}}
  - {name: scratch, mountPath: {{ include "graphferry.scratch" . }}}
{{- if include "graphferry.secrets" . | trim }}
  - {name: files, mountPath: {{ include "graphferry.files" . }}, readOnly: true}
{{- end }}
{{- end -}}

{{- define "graphferry.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "graphferry.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "graphferry.selector" . | nindent 6 }}
{{- end -}}
