"""Judges what was written, by the tools of those who will read it.

`tools` fetches them once: hadolint, Helm as a library. `findings` asks all: `image` hadolint, `charts` Helm, whose
`rendering` is a process of its own; `manifests` the types of the APIs of Kubernetes, KEDA and Prometheus' operator, and
the schema of Compose files; `units` systemd.
"""
