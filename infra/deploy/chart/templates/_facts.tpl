{{- /* Written by `python3 -m infra deploy`. */ -}}
{{- define "graphferry.data" }}/var/lib/graphferry{{ end -}}
{{- define "graphferry.files" }}/etc/graphferry{{ end -}}
{{- define "graphferry.graceSeconds" }}30{{ end -}}
{{- define "graphferry.metricsPort" }}9101{{ end -}}
{{- define "graphferry.port" }}8080{{ end -}}
{{- define "graphferry.scratch" }}/tmp{{ end -}}
{{- define "graphferry.user" }}10001{{ end -}}
{{- define "graphferry.workerMetricsPort" }}9102{{ end -}}
