"""Writes the units of systemd."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.deploy.facts import DATA, FILES, FOLDER, HEAD, HOME

UNITS: Final = FOLDER / "systemd"

COMMANDS: Final[Mapping[str, str]] = {"graphferry-gateway.service": "serve", "graphferry-worker@.service": "worker"}

_KINDS: Final = {"serve": "gateway", "worker": "worker %i"}


def file_of(unit: str) -> Path:
    """Return where a unit's file is."""
    return UNITS / unit


def write_unit(unit: str) -> str:
    """Return the file's text. A process says itself how long it needs to stop, so nothing here repeats its drain."""
    command = COMMANDS[unit]
    return f"""\
{HEAD}# Settings are variables in {FILES}/graphferry.env. Another folder of data needs ReadWritePaths= too.
[Unit]
Description=Graphferry {_KINDS[command]}
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={HOME}/bin/graphferry {command}
Environment=GRAPHFERRY_DATA_DIR={DATA}
EnvironmentFile={FILES}/graphferry.env
User=graphferry
Group=graphferry
StateDirectory={Path(DATA).name}
StateDirectoryMode=0750
UMask=0027
KillMode=mixed
Restart=on-failure
RestartSec=2
RestartPreventExitStatus=2
LimitNOFILE=65536

AmbientCapabilities=
CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""
