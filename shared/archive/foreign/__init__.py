"""Archives of other tools, translated into an archive of ours.

`translation` writes the translated archive. It reads `graphml_files` or a `csv_folder` as an `application`;
`text_ordinals` numbers nodes by the ids that the files give them, `decoding` gives texts in other encodings as UTF-8.
`files` come from a ZIP, or a `lone_document` is the only one; `graph_names` decides which of their graphs become which
applications.
"""
