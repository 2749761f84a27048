"""What a monitoring system needs of Graphferry: alerts for Prometheus, a dashboard for Grafana, both from one table.

`alerts` is the table, `rules` writes rules.yml, `dashboard` writes dashboard.json; `python3 -m infra documents` calls
them.
"""
