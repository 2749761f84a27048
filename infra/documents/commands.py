"""Writes docs/command-line.md from the commands themselves."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shared.cli.__main__ import create_app
from shared.cli.examples import EXAMPLES, show_examples
from shared.cli.exit_codes import MEANINGS
from shared.cli.shell import Shell

CHECKOUT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = CHECKOUT / "docs" / "command-line.md"

_HEAD: Final = """# The command line

`graphferry` is a client of the [HTTP API](http-api.md); only `inspect` and `diff` need no gateway; `bootstrap`,
`backup`, `restore`, `move-keys` and `check` ask the engines themselves. Results go to stdout, all else to stderr: with
`--json` results are JSON Lines, the very objects of the API. On a terminal, jobs and transfers have bars; elsewhere a
line tells of each phase. `NO_COLOR` is honoured.

People read sizes in KiB, MiB and GiB (1024 bytes and its powers), as on the page, and times in the zone of this
machine, or of the variable `TZ`, with their distance from UTC behind them; with `--utc` in UTC. JSON has bytes, and
UTC.

```sh
graphferry login https://ferry.example         # asks for the key, stores it in a profile
graphferry import shop.zip --database target   # uploads, shows what is in it, imports, watches
graphferry export Shop --database source -o shop.zip
```

This page is written by `python3 -m infra documents`.

## Which gateway, as whom

| option | variable | |
|---|---|---|
| `--url` | `GRAPHFERRY_URL` | the gateway's address |
| | `GRAPHFERRY_KEY` | the key, or an access token: never an option, for options are seen by all users of a machine |
| `--tenant` | `GRAPHFERRY_TENANT` | the tenant, where the key has none or several |
| `--profile` | `GRAPHFERRY_PROFILE` | a profile that `login` has stored; else `default` |
| `--json` | | print JSON Lines |
| `--quiet`, `-q` | | show no progress and no messages but errors |
| `--utc` | `TZ` | show times in UTC; with the variable alone, in the zone that it names |

An option goes before its variable, a variable before the profile. Every command that asks a gateway takes these
options. Profiles stand in `~/.config/graphferry/profiles.json` (or in `XDG_CONFIG_HOME`), readable by their owner
alone; the key of a profile is sent to that profile's address and to no other.

## Jobs, and patience

Commands that begin a job stay until it has ended and tell so by their exit code. `--no-wait` prints its id at once.
`--timeout` seconds, Ctrl-C or SIGTERM end the waiting, not the job: `graphferry jobs watch ID` goes on. With
`--cancel-on-interrupt` Ctrl-C and SIGTERM have the job cancelled; an inspection that takes long, which is a job too, is
cancelled by them always. A request whose answer was lost is sent again, with a key that lets the gateway know it: there
are never two jobs of one command. With `--idempotency-key` this holds for two commands too: the second one goes on with
the job of the first, or tries it again where it failed, was cancelled or took too long. A cut upload or download goes
on where it stopped, also when the same command is given again later, and its hash is compared at the end. How pipelines
use all this: [ci.md](ci.md).

Where an id of a job is taken, its beginning is enough if no other job's id begins so; else the error lists those that
do. `--last` is the last job that you submitted. `jobs list` says of each job what it does, from where to where and
how long it took; `-o wide` has more columns, `-o id` has ids alone, `--match` looks for parts of names, and `--watch`
goes on until Ctrl-C. `jobs show` tells of a waiting job its place in the tenant's queue, and the job that it waits
behind. With `--json`, whatever stays with a job prints it at each change with `pace`: `per_second` and
`seconds_left`, null where nobody can tell. `--web` prints the page's address of what a command would show, and opens
it at a terminal with a browser.

## Taking back

`applications delete`, and `import` and `copy` with `--on-conflict overwrite`, write what is about to go into an
archive first, and do nothing where that fails, if `--archive-first` is given. Where a person is at a terminal (stdin
and stderr are ones) that is so by itself: `--no-archive-first` does without. It is never so by itself for scripts,
with `--no-wait` or with `--idempotency-key`. At the end a line tells the command that takes it back; the archive lies
in the tenant's folder like any other, and is deleted with age as others are.

## Completion

Once, for every new shell:

```sh
echo 'source <(graphferry completion bash)' >> ~/.bashrc
echo 'source <(graphferry completion zsh)' >> ~/.zshrc       # behind: autoload -Uz compinit && compinit
graphferry completion fish > ~/.config/fish/completions/graphferry.fish
```

Tab then completes commands, options and their words, and the names of databases, applications, archives, users,
tenants, schedules, jobs and profiles. They are asked for when Tab is pressed, with the credentials that the command
would have; where the gateway refuses, or does not answer within two seconds, there are none. After an update of
Graphferry a file that was written for fish is to be written again.

## Exit codes

| code | |
|---|---|
"""

_SHARED_BLOCK: Final = re.compile(r"^\*\*(?:Connection and output|Waiting)\*\*:\n\n(?:\* .*\n)+\n?", re.MULTILINE)
"""Options that the head explains once for all commands."""
_RUNNER: Final = re.compile(r"^(graphferry .*?) -m [\w.]+", re.MULTILINE)
"""What the library adds to a command's name where Python was started with `-m`."""
_SECTION: Final = re.compile(r"^(?=#+ graphferry)", re.MULTILINE)


def write_page() -> str:
    """Return the page's text."""
    shell = Shell(environ={}, input=io.StringIO(), output=io.StringIO(), messages=io.StringIO())
    commands = create_app(shell).generate_docs(heading_level=2)
    commands = _add_examples(_RUNNER.sub(r"\1", _SHARED_BLOCK.sub("", commands)))
    return f"{_HEAD}{''.join(_list_codes())}\n{commands.rstrip()}\n"


def _add_examples(commands: str) -> str:
    """Put its examples at the end of each command's section, where help shows them."""
    return "".join(map(_add_example, _SECTION.split(commands)))


def _add_example(section: str) -> str:
    words = section.split("\n", 1)[0].partition(" graphferry ")[2]
    examples = EXAMPLES.get(words)
    return section if examples is None else f"{section.rstrip()}\n\n{show_examples(examples)}\n\n"


def _list_codes() -> Iterator[str]:
    for code, meaning in MEANINGS.items():
        yield f"| {code.value} | {meaning} |\n"
