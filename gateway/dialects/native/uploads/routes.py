"""The routes of uploads in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.access.roles import ADMINISTRATORS
from gateway.dialects.native.base import API
from gateway.dialects.native.uploads import endpoints
from gateway.dialects.native.uploads.protocol import ALWAYS, PIECE
from gateway.doc import LOCATION, NO_CONTENT, Answer, Body, Doc, refusals
from gateway.route import Access, Endpoint, Route

_CAPABILITIES: Final = {
    "Tus-Version": "1.0.0",
    "Tus-Extension": "The extensions that are spoken.",
    "Tus-Max-Size": "How large an upload may be, in bytes.",
    "Tus-Checksum-Algorithm": "The digests that pieces may have.",
}
_VERSION: Final = {"Tus-Resumable": "!1.0.0"}
_STATE: Final = {"Upload-Offset": "How much is on disk.", "Upload-Expires": "When it goes."}
_TOLD: Final = {
    "Upload-Length": "All of it.",
    "Upload-Defer-Length": "`1` while that is not known.",
    "Upload-Metadata": "What its creation said.",
}
_ARCHIVE: Final = {"Upload-Archive": "What it is called in the archive folder, percent-encoded, once it is complete."}


def list_upload_routes() -> Sequence[Route]:
    """List the routes."""
    uploads, upload = f"{API}/uploads", f"{API}/uploads/{{upload_id:[^/]+}}"
    capabilities = Route(
        method="OPTIONS",
        path=uploads,
        name="uploads.options",
        endpoint=endpoints.tell_capabilities,
        doc=Doc(
            summary="Tell what of tus 1.0 is spoken.",
            answers={204: Answer(text="What is spoken.", media_types=(), headers=_CAPABILITIES)},
        ),
        headers=ALWAYS,
        access=Access.PUBLIC,
    )
    return [
        capabilities,
        _route("POST", uploads, "uploads.create", endpoints.create_upload, _CREATE),
        _route("HEAD", upload, "uploads.show", endpoints.show_upload, _SHOW),
        _route("PATCH", upload, "uploads.append", endpoints.append_to_upload, _APPEND),
        _route("DELETE", upload, "uploads.remove", endpoints.remove_upload, _REMOVE),
        _route("POST", upload, "uploads.act", endpoints.act_on_upload, _ACT),
    ]


def _route(method: str, path: str, name: str, endpoint: Endpoint, doc: Doc) -> Route:
    return Route(method=method, path=path, name=name, endpoint=endpoint, doc=doc, headers=ALWAYS, roles=ADMINISTRATORS)


_MAYBE_A_PIECE: Final = Body(media_types=(PIECE,), is_required=False)
_OVERRIDE: Final = {"X-HTTP-Method-Override": "!`PATCH`, `HEAD` or `DELETE`."}
_CREATE: Final = Doc(
    summary="Begin an upload in pieces, maybe with the first: tus 1.0.",
    body=_MAYBE_A_PIECE,
    headers={
        **_VERSION,
        "Upload-Length": "All of it, in bytes; or:",
        "Upload-Defer-Length": "`1`: a later piece says how much it is.",
        "Upload-Metadata": "!`filename` and its Base64; `on_taken` with that of `fail` refuses a name that is taken.",
    },
    answers={201: Answer(text="It may begin.", media_types=(), headers={**LOCATION, **_STATE})},
    refusals=refusals(409, 412, 413, 422, 507),
)
_SHOW: Final = Doc(
    summary="Tell how much has arrived.",
    headers=_VERSION,
    answers={200: Answer(media_types=(), headers={**_STATE, **_ARCHIVE, **_TOLD})},
    refusals=refusals(409, 412, 413, 422, 423, 507),
)
_APPEND: Final = Doc(
    summary="Send the next piece; the last one makes it an archive.",
    body=Body(media_types=(PIECE,)),
    headers={
        **_VERSION,
        "Upload-Offset": "!Where it begins: what has arrived before.",
        "Upload-Length": "All of it, in bytes, where the creation did not say so.",
        "Upload-Checksum": "`sha1` or `sha256`, and the piece's digest in Base64.",
    },
    answers={204: Answer(text="It has arrived.", media_types=(), headers={**_STATE, **_ARCHIVE})},
    refusals=refusals(409, 412, 422, 423, 460, 507),
)
_REMOVE: Final = Doc(
    summary="Give an upload up.", headers=_VERSION, answers={204: NO_CONTENT}, refusals=refusals(412, 423)
)
_ACT: Final = Doc(
    summary="Do what another method would do, where a client can only POST.",
    body=_MAYBE_A_PIECE,
    headers={**_VERSION, **_OVERRIDE},
    answers={200: Answer(media_types=(), headers={**_STATE, **_ARCHIVE, **_TOLD}), 204: NO_CONTENT},
    refusals=refusals(405, 409, 412, 422, 423, 460, 507),
)
