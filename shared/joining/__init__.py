"""Joining: what an import does with nodes whose keys under uniqueness constraints the target holds already.

`judging` decides, before anything is written, which are joined and which are refused (`refusals`), and whether what is
written fits into the indexes there (`lengths`). `key_table` remembers what several applications of one archive bring.
`placed` counts the nodes of an archive's applications through. `catalogue_content` refuses what no import may write.
Imports act on it; inspections say it before.
"""
