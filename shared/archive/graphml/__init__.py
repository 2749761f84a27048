"""GraphML as text.

`safe_xml` refuses everything dangerous; `strict_xml` and `parser` read documents of ours with it; `keys` and
`declarations` hold what a document declares; `elements` turns a node or an edge into labels and properties.
"""
