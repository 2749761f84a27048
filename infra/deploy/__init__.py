"""What a fleet runs Graphferry with: a container image, a Compose file, a Helm chart, units of systemd.

`facts` has what all of them agree on: ports, folders, versions. `image`, `compose`, `units`, `chart` and `values` write
the files beside them, `runtime_lock` the packages that the image holds, `page` the table of docs/deployment.md. The
templates of the chart are written by hand; they take the facts from a file that is generated. `documents` lists all,
`checking` judges them, `command` is `python3 -m infra deploy`. See docs/adr/0016-deployment.md.
"""
