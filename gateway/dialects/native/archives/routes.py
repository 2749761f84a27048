"""The routes of archives."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import ADMINISTRATORS
from gateway.bodies.conditions import CONDITIONS, ETAG
from gateway.bodies.downloads import ARCHIVE_MEDIA_TYPES, describe_download
from gateway.bodies.preferences import PREFER
from gateway.dialects.native.accepting import ACCEPTED, JOB_HEADERS, JOB_REFUSALS
from gateway.dialects.native.archives import endpoints
from gateway.dialects.native.archives.answers import ArchiveAnswer, ArchivesAnswer, LinkAnswer, StraysAnswer
from gateway.dialects.native.archives.models import ArchiveChangeBody, InspectQuery
from gateway.dialects.native.base import API
from gateway.dialects.native.paging import PartQuery
from gateway.doc import LOCATION, NO_CONTENT, Answer, Body, Doc, refusals
from gateway.route import Route
from shared.inspecting.document import JudgementAnswer
from shared.jobs.summaries import ArchiveFacts


def list_archive_routes() -> Sequence[Route]:
    """List the routes."""
    archive = f"{API}/archives/{{name:[^/]+}}"
    return [
        Route(
            method="GET",
            path=f"{API}/archives",
            name="archives.list",
            endpoint=endpoints.list_archives,
            doc=Doc(
                summary="List the archives that the caller sees.",
                query=PartQuery,
                answers={200: Answer(model=ArchivesAnswer)},
            ),
        ),
        Route(
            method="GET",
            path=archive,
            name="archives.download",
            is_download=True,
            endpoint=endpoints.download_archive,
            doc=describe_download("Download an archive, whole or in part.", redirects=True),
        ),
        Route(
            method="POST",
            path=f"{archive}/link",
            name="archives.link",
            endpoint=endpoints.link_archive,
            doc=Doc(
                summary="Make a link to an archive that needs no credentials, good for a while.",
                answers={200: Answer(model=LinkAnswer)},
            ),
        ),
        Route(
            method="GET",
            path=f"{archive}/inspect",
            name="archives.inspect",
            endpoint=endpoints.inspect_archive,
            doc=Doc(
                summary="Inspect an archive as an import would; nothing is written.",
                query=InspectQuery,
                headers=PREFER | JOB_HEADERS,
                answers={200: Answer(model=JudgementAnswer), **ACCEPTED},
                refusals=JOB_REFUSALS | {422, 507},
            ),
        ),
        Route(
            method="PUT",
            path=archive,
            name="archives.upload",
            endpoint=endpoints.upload_archive,
            doc=Doc(
                summary="Upload an archive under a name that is free.",
                body=Body(media_types=ARCHIVE_MEDIA_TYPES),
                headers=CONDITIONS,
                answers={
                    200: Answer(text="It was there, equal.", model=ArchiveFacts, headers=LOCATION | ETAG),
                    201: Answer(text="It is stored.", model=ArchiveFacts, headers=LOCATION | ETAG),
                },
                refusals=refusals(409, 422, 507),
            ),
            roles=ADMINISTRATORS,
        ),
        Route(
            method="PATCH",
            path=archive,
            name="archives.change",
            endpoint=endpoints.change_archive,
            doc=Doc(
                summary="Pin an archive, which then nobody deletes before it is unpinned; or unpin it.",
                body=Body(model=ArchiveChangeBody, example={"pinned": True}),
                answers={200: Answer(model=ArchiveAnswer)},
                refusals=refusals(409, 507),
            ),
            roles=ADMINISTRATORS,
        ),
        Route(
            method="DELETE",
            path=archive,
            name="archives.delete",
            endpoint=endpoints.delete_archive,
            doc=Doc(
                summary="Delete an archive.",
                headers=CONDITIONS,
                answers={204: NO_CONTENT},
                refusals=refusals(409, 507),
            ),
            roles=ADMINISTRATORS,
        ),
        *_list_stray_routes(),
    ]


def _list_stray_routes() -> Sequence[Route]:
    return [
        Route(
            method="GET",
            path=f"{API}/strays",
            name="strays.list",
            endpoint=endpoints.list_strays,
            doc=Doc(
                summary="List what lies in the archive folder and can be no archive.",
                answers={200: Answer(model=StraysAnswer)},
            ),
            roles=ADMINISTRATORS,
        ),
        Route(
            method="DELETE",
            path=f"{API}/strays/{{stray_id:[^/]+}}",
            name="strays.remove",
            endpoint=endpoints.remove_stray,
            doc=Doc(
                summary="Remove a stray, with all that is in it.", answers={204: NO_CONTENT}, refusals=refusals(409)
            ),
            roles=ADMINISTRATORS,
        ),
    ]
