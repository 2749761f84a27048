"""What imports and inspections of foreign archives may choose."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from shared.jobs.requests import ForeignNames

LONGEST_NAME = 255
"""Characters: all four fit into the line of a request."""

KeyName = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
PropertyName = Annotated[str, Field(max_length=LONGEST_NAME)]


class ForeignNamesFields(BaseModel):
    """Where names come from in a GraphML document of another tool, and where they go."""

    label_from: KeyName | None = None
    """The key whose values are the nodes' labels."""
    type_from: KeyName | None = None
    """The key whose values are the relationships' types."""
    id_property: PropertyName | None = None
    """The property for the nodes' ids; empty: none."""
    parent_property: PropertyName | None = None
    """The property for the id of the node whose nested graph holds a node; empty: none."""
    one_application: bool | None = None
    """Whether several graphs of a document become one application, instead of one each."""

    def to_names(self) -> ForeignNames:
        """Return the choice."""
        return ForeignNames(
            label_from=self.label_from,
            type_from=self.type_from,
            id_property=self.id_property,
            parent_property=self.parent_property,
            one_application=self.one_application,
        )
