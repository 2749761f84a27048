"""What a request wants done with each application of an archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.archive.manifest import ApplicationManifest
from shared.catalogue import DEFAULT_VERSION, version_order
from shared.errors import InvalidRequestError
from shared.jobs.requests import ApplicationChoice, ImportRequest
from shared.spelling import choose_spelling


def choices_of(
    request: ImportRequest, applications: Sequence[ApplicationManifest]
) -> Iterator[tuple[ApplicationManifest, ApplicationChoice]]:
    """Give each application of the archive that the request wants, with what it says of it.

    Raises: InvalidRequestError for a name that the archive lacks, or one name for several applications.
    """
    if request.choices:
        for choice in request.choices:
            yield from _matches(request.archive_name, choice, applications)
        return
    if request.import_as is not None and len(applications) != 1:
        raise InvalidRequestError(
            f"import_as names one application, but archive {request.archive_name!r} holds {len(applications)}."
        )
    for application in applications:
        name = request.import_as or application.name
        yield (
            application,
            ApplicationChoice(source_name=name, name=name, on_conflict=request.on_conflict, suffix=request.suffix),
        )


def _matches(
    archive_name: str, choice: ApplicationChoice, applications: Sequence[ApplicationManifest]
) -> Iterator[tuple[ApplicationManifest, ApplicationChoice]]:
    name = choose_spelling(choice.source_name, (each.name for each in applications))
    found = [
        each
        for each in applications
        if each.name == name and choice.source_version in (None, each.version or DEFAULT_VERSION)
    ]
    if not found:
        wanted = f"{choice.source_name}[{choice.source_version}]" if choice.source_version else choice.source_name
        held = ", ".join(sorted({repr(f"{each.name}[{each.version or DEFAULT_VERSION}]") for each in applications}))
        raise InvalidRequestError(f"Archive {archive_name!r} holds no application {wanted!r}; it holds {held}.")
    for application in sorted(found, key=lambda each: version_order(each.version)):
        yield application, choice
