"""The config file and the options of the command line, as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scanner.config import Config, find_config, load_config, with_internal


def settings_of(
    file: Path | None,
    *,
    case: Path | None = None,
    internal: Sequence[str] = (),
    gate: int | None = None,
    log: Path | None = None,
) -> Config:
    """The config with what the command line says instead. Raises SettingsError.

    A gate below that of the candidates lowers it too, so that no message between the two is lost.
    """
    found = find_config(file)
    config = load_config(found) if found else Config()
    policy = with_internal(config.policy, internal)
    if gate is not None:
        usual = policy.gate
        policy = replace(policy, gate=replace(usual, exposure=gate, candidate=min(gate, usual.candidate)))
    unattended = replace(config.unattended, log=log or config.unattended.log)
    return replace(config, policy=policy, case=case or config.case, unattended=unattended)
