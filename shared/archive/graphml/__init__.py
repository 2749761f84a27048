"""GraphML as text.

`strict_xml` reads XML and refuses everything dangerous; `parser` reads GraphML; `keys` and `declarations` hold what a
document declares; `elements` turns a node or an edge into labels and properties; `defaults` fills in what foreign
documents leave out.
"""
