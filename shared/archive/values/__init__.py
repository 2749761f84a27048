"""Property values as text.

`value_kinds` names the kinds of values; `text` writes and reads scalars, `temporal` dates and times; `typed_json`
writes values with their types in JSON; `xml_text` escapes what XML cannot carry.
"""
