"""An example of every command, shown below its help and in the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cyclopts import App

EXAMPLES: Final[Mapping[str, Sequence[str]]] = {
    "login": ("graphferry login https://ferry.example --profile work",),
    "logout": ("graphferry logout --profile work",),
    "whoami": ("graphferry whoami",),
    "export": (
        "graphferry export Orders --database source --output orders.zip",
        "graphferry export Orders Billing --database source --no-wait",
    ),
    "import": (
        "graphferry import orders.zip billing.zip --database target",
        "graphferry import orders.zip --database target --on-conflict overwrite --archive-first",
    ),
    "copy": (
        "graphferry copy source target Orders",
        "graphferry copy source target Orders --on-conflict overwrite --dry-run",
    ),
    "inspect": ("graphferry inspect orders.zip",),
    "diff": ("graphferry diff old.zip new.zip",),
    "jobs list": (
        "graphferry jobs list --mine --status failed",
        "graphferry jobs list --match order -o wide",
        "graphferry jobs list --watch",
    ),
    "jobs show": ("graphferry jobs show 019ad1c2", "graphferry jobs show --last --web"),
    "jobs log": ("graphferry jobs log --last --follow",),
    "jobs watch": ("graphferry jobs watch 019ad1c2",),
    "jobs cancel": (
        "graphferry jobs cancel 019ad1c2 019ad1c3 --reason 'wrong database'",
        "graphferry jobs cancel --all --mine --yes",
    ),
    "jobs retry": ("graphferry jobs retry --last",),
    "jobs receipt": ("graphferry jobs receipt --last", "graphferry jobs receipt 019ad1c2 --json"),
    "archives list": ("graphferry archives list",),
    "archives inspect": ("graphferry archives inspect orders.zip --database target",),
    "archives upload": ("graphferry archives upload orders.zip billing.zip",),
    "archives download": ("graphferry archives download orders.zip --output copies/orders.zip",),
    "archives pin": ("graphferry archives pin orders.zip",),
    "archives unpin": ("graphferry archives unpin orders.zip",),
    "archives delete": ("graphferry archives delete orders.zip billing.zip --yes",),
    "strays list": ("graphferry strays list",),
    "strays remove": ("graphferry strays remove 5f2a9c --yes",),
    "applications list": ("graphferry applications list --database source --counts",),
    "applications show": ("graphferry applications show Orders --database source",),
    "applications delete": (
        "graphferry applications delete Orders --database source",
        "graphferry applications delete Orders --database source --archive-first --yes",
    ),
    "damaged-entries list": ("graphferry damaged-entries list --database source",),
    "damaged-entries repair": ("graphferry damaged-entries repair 5f2a9c --database source --version 1.0.0",),
    "damaged-entries remove": ("graphferry damaged-entries remove 5f2a9c --database source --yes",),
    "tenants list": ("graphferry tenants list",),
    "tenants show": ("graphferry tenants show paper",),
    "tenants databases": ("graphferry tenants databases",),
    "tenants create": ("graphferry tenants create paper --databases source,target",),
    "tenants change": ("graphferry tenants change paper --waiting-jobs 50",),
    "tenants delete": ("graphferry tenants delete paper --yes",),
    "users list": ("graphferry users list",),
    "users show": ("graphferry users show ann",),
    "users create": ("graphferry users create ann --role importer --name 'Ann Miller'",),
    "users change": ("graphferry users change ann --role ADMIN",),
    "users delete": ("graphferry users delete ann --yes",),
    "keys create": ("graphferry keys create --name pipeline --expires-days 90",),
    "keys rotate": ("graphferry keys rotate 5f2a9c",),
    "keys list": ("graphferry keys list --user ann",),
    "keys revoke": ("graphferry keys revoke 5f2a9c --yes",),
    "grants list": ("graphferry grants list --application Orders",),
    "grants create": ("graphferry grants create source Orders bob",),
    "grants delete": ("graphferry grants delete 5f2a9c",),
    "webhook show": ("graphferry webhook show",),
    "webhook deliveries": ("graphferry webhook deliveries --limit 20",),
    "webhook set": ("graphferry webhook set https://hooks.example/ferry --outcomes failed",),
    "webhook delete": ("graphferry webhook delete --yes",),
    "webhook test": ("graphferry webhook test",),
    "webhook redeliver": ("graphferry webhook redeliver 5f2a9c",),
    "schedules list": ("graphferry schedules list",),
    "schedules show": ("graphferry schedules show 019ad1c2",),
    "schedules runs": ("graphferry schedules runs 019ad1c2",),
    "schedules times": ("graphferry schedules times '30 2 * * mon-fri' --time-zone Europe/Berlin",),
    "schedules create": ("graphferry schedules create nightly '30 2 * * *' --export @nightly.json --keep-last 7",),
    "schedules change": ("graphferry schedules change 019ad1c2 --no-enabled",),
    "schedules run": ("graphferry schedules run 019ad1c2",),
    "schedules delete": ("graphferry schedules delete 019ad1c2 --yes",),
    "bootstrap": ("graphferry bootstrap --user root",),
    "backup": ("graphferry backup store.backup",),
    "restore": ("graphferry restore store.backup --verify",),
    "move-keys": ("graphferry move-keys",),
    "check": ("graphferry check",),
    "serve": ("graphferry serve",),
    "worker": ("graphferry worker --processes 2",),
    "dev": ("graphferry dev --tenants acme --databases source,target",),
    "completion": ("graphferry completion bash",),
}
"""By the words of the command."""


def add_examples(app: App) -> None:
    """Let each command that has examples show them below its help."""
    for words, examples in EXAMPLES.items():
        command = app
        for word in words.split():
            command = command[word]
        command.help_epilogue = show_examples(examples)


def show_examples(examples: Sequence[str]) -> str:
    """Return examples as Markdown."""
    return "\n".join(["Examples:" if len(examples) > 1 else "Example:", "", "```sh", *examples, "```"])
