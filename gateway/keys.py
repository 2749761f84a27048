"""The typed keys under which the application and its requests carry things."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web
from structlog.typing import FilteringBoundLogger

from gateway.access.authentication import Login, Logins
from gateway.access.request_rates import RequestRates
from gateway.access.signing import Signer
from gateway.access.store_clock import StoreClock
from gateway.archives.digests import DigestCache
from gateway.dialect import Dialect
from gateway.job_feed import JobFeed
from gateway.metrics import GatewayMetrics
from gateway.route import Route
from gateway.tenant_turns import Turns
from gateway.webhooks.addresses import Judge
from gateway.webhooks.sending import Sender
from shared.api_keys import ApiKey
from shared.caller import Caller
from shared.identity import Principal
from shared.jobs.record import Job
from shared.resources import Resources
from shared.settings.process import Settings
from shared.trace_context import TraceContext

SETTINGS = web.AppKey("SETTINGS", Settings)
RESOURCES = web.AppKey("RESOURCES", Resources)
ROUTES = web.AppKey("ROUTES", Mapping[str, Route])
DIALECTS = web.AppKey("DIALECTS", Sequence[Dialect])
LOGINS = web.AppKey("LOGINS", Logins)
DIGESTS = web.AppKey("DIGESTS", DigestCache)
STORE_CLOCK = web.AppKey("STORE_CLOCK", StoreClock)
SIGNER = web.AppKey("SIGNER", Signer)
TURNS = web.AppKey("TURNS", Turns)
INSPECTIONS = web.AppKey("INSPECTIONS", Turns)
"""Apart, because inspecting a large archive takes its time."""
REQUEST_LOG = web.AppKey("REQUEST_LOG", FilteringBoundLogger)
API_DOCUMENT: web.AppKey[Callable[[str], bytes]] = web.AppKey("API_DOCUMENT")
"""Returns the document of the API as JSON, given the base of its links."""
JOB_FEED = web.AppKey("JOB_FEED", JobFeed)
REQUEST_RATES = web.AppKey("REQUEST_RATES", RequestRates)
METRICS = web.AppKey("METRICS", GatewayMetrics)
SENDER = web.AppKey("SENDER", Sender)
WEBHOOK_JUDGE = web.AppKey("WEBHOOK_JUDGE", Judge)

REQUEST_ID = web.RequestKey("REQUEST_ID", str)
TRACE = web.RequestKey("TRACE", TraceContext)
"""What all that the request leads to belongs to."""
ERROR_CODE = web.RequestKey("ERROR_CODE", str)
"""Of the error that the request is answered with."""
JOB_AHEAD: web.RequestKey[asyncio.Future[Job]] = web.RequestKey("JOB_AHEAD")
LOGIN = web.RequestKey("LOGIN", Login)
PRINCIPAL = web.RequestKey("PRINCIPAL", Principal)
API_KEY = web.RequestKey("API_KEY", ApiKey)
"""The key that let the caller in; a request let in by an outside token has none."""
CALLER = web.RequestKey("CALLER", Caller)
AUDIT_TARGET = web.RequestKey("AUDIT_TARGET", str)
"""What a request is about, where neither its path nor its answer says so."""
