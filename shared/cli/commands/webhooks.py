"""The commands for webhooks: who is told when the tenant's jobs have ended."""

from __future__ import annotations

from typing import Annotated, Final

from cyclopts import App, Parameter

from shared.cli.options import OPTIONS, Confirmed, Names, Options
from shared.cli.shell import Shell

_FIELDS: Final = {
    "Address": "url",
    "Outcomes": "outcomes",
    "Kinds": "kinds",
    "Enabled": "enabled",
    "Turned off because": "disabled_because",
    "Changed": "changed",
    "Secret": "secret",
}
_TEST: Final = {"Delivered": "delivered", "Code": "code", "Error": "error"}
_COLUMNS: Final = {
    "ID": "id",
    "STATE": "state",
    "CODE": "code",
    "ATTEMPTS": "attempts",
    "CREATED": "created",
    "TRIED": "tried",
    "NEXT TRY": "next_try",
    "ERROR": "error",
}

_Outcomes = Annotated[Names, Parameter(name=["--outcomes", "--outcome"])]
_Kinds = Annotated[Names, Parameter(name=["--kinds", "--kind"])]


def create_webhook_app(shell: Shell) -> App:
    """Make the commands under `webhook`."""
    app = App(name="webhook", help="The webhook of the tenant: who is told when its jobs have ended.")
    _add_views(app, shell)
    _add_changes(app, shell)
    return app


def _add_views(app: App, shell: Shell) -> None:
    @app.command
    async def show(*, options: Options = OPTIONS) -> None:
        """Show the webhook, without its secret."""
        async with shell.connect(options) as session:
            session.display.show(await session.gateway.ask("GET", "webhook"), _FIELDS)

    @app.command
    async def deliveries(*, limit: int = 100, options: Options = OPTIONS) -> None:
        """List what was told, or is still to be, newest first.

        Parameters
        ----------
        limit
            How many at most, up to 1000.
        """
        async with shell.connect(options) as session:
            answer = await session.gateway.ask("GET", "webhook", "deliveries", query={"limit": str(limit)})
            session.display.show_all(answer["deliveries"], _COLUMNS)


def _add_changes(app: App, shell: Shell) -> None:
    @app.command(name="set")
    async def set_(
        url: str,
        /,
        *,
        outcomes: _Outcomes = (),
        kinds: _Kinds = (),
        new_secret: bool = False,
        off: bool = False,
        options: Options = OPTIONS,
    ) -> None:
        """Set the webhook as a whole; a secret that is new is shown this once.

        Parameters
        ----------
        url
            The receiver's address.
        outcomes
            Only jobs that ended so: succeeded, failed, cancelled; else all.
        kinds
            Only jobs of these kinds, such as import; else all.
        new_secret
            Make a new secret; else the one that there is stays.
        off
            Keep it without using it.
        """
        body = {
            "url": url,
            "outcomes": _split(outcomes),
            "kinds": _split(kinds),
            "new_secret": new_secret,
            "enabled": not off,
        }
        async with shell.connect(options) as session:
            session.display.show(await session.gateway.ask("PUT", "webhook", body=body), _FIELDS)

    @app.command
    async def delete(*, yes: Confirmed = False, options: Options = OPTIONS) -> None:
        """Delete the webhook; what is still to be told is given up.

        Parameters
        ----------
        yes
            Do not ask.
        """
        shell.require_yes("Delete the webhook?", is_confirmed=yes)
        async with shell.connect(options) as session:
            await session.gateway.delete("webhook")
            session.display.give("webhook", {"deleted": "webhook"})

    @app.command
    async def test(*, options: Options = OPTIONS) -> None:
        """Send a test now, and show the receiver's answer."""
        async with shell.connect(options) as session:
            session.display.show(await session.gateway.ask("POST", "webhook", "test"), _TEST)

    @app.command
    async def redeliver(delivery: str, /, *, options: Options = OPTIONS) -> None:
        """Send a delivery again, soon.

        Parameters
        ----------
        delivery
            Its id.
        """
        async with shell.connect(options) as session:
            answer = await session.gateway.ask("POST", "webhook", "deliveries", delivery, "redeliver")
            session.display.give(answer["id"], answer)


def _split(names: Names) -> list[str] | None:
    """Return the names, be they joined by commas or each for itself; None where there is none."""
    return [name.strip() for each in names for name in each.split(",") if name.strip()] or None
