"""Each command shows an example that is a command line of ours."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from io import StringIO

import pytest
from cyclopts import App

from shared.cli.__main__ import create_app
from shared.cli.examples import EXAMPLES
from shared.cli.shell import Shell


def make_app() -> App:
    return create_app(Shell(environ={}, input=StringIO(), output=StringIO(), messages=StringIO()))


def walk(app: App, *words: str) -> Iterator[str]:
    """List the commands that do something, by their words."""
    for name in app:
        if name.startswith("-"):
            continue
        command = app[name]
        if command.default_command is not None:
            yield " ".join((*words, name))
        yield from walk(command, *words, name)


COMMANDS = list(walk(make_app()))


def test_every_command_is_known_to_this_test() -> None:
    assert len(COMMANDS) > 50
    assert {"export", "jobs list", "applications delete"} <= set(COMMANDS)


def test_every_command_has_examples_and_no_other_has() -> None:
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize("words", COMMANDS)
def test_the_examples_of_a_command_are_in_its_help_and_can_be_given(words: str) -> None:
    app = make_app()
    command = app
    for word in words.split():
        command = command[word]
    assert EXAMPLES[words]
    for example in EXAMPLES[words]:
        program, *tokens = shlex.split(example)
        assert program == "graphferry"
        called, _, unused = app.parse_args(tokens, exit_on_error=False, print_error=False)
        assert (called, unused) == (command.default_command, {})
        assert command.help_epilogue is not None
        assert example in command.help_epilogue


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    make_app()(["jobs", "retry", "--help"])
    assert "graphferry jobs retry --last" in capsys.readouterr().out
