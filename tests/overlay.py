"""A second system beside ours, for servers that exclude one another: an overlay of / that is thrown away."""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

_INSTALL_SECONDS = 400


class CannotOverlay(Exception):
    """Why no overlay can be made here; `str` is a sentence."""


class Overlay:
    """What is written or installed in it stays in it; the network and the processes are shared with us."""

    def __init__(self, *packages: str) -> None:
        if os.getuid() != 0:
            raise CannotOverlay("Only root can mount an overlay of the system.")
        self._home = Path(tempfile.mkdtemp(prefix="mbover"))
        self._home.chmod(0o755)
        self._mounted: list[Path] = []
        atexit.register(self.close)
        # A file system of its own, because the upper folder must not lie on an overlay, as / does in containers.
        layers = self._home / "layers"
        layers.mkdir()
        self._mount("-t", "tmpfs", "-o", "size=2g", "tmpfs", layers)
        for name in ("upper", "work"):
            (layers / name).mkdir()
        self.root = self._home / "root"
        self.root.mkdir()
        options = f"lowerdir=/,upperdir={layers}/upper,workdir={layers}/work"
        self._mount("-t", "overlay", "-o", options, "overlay", self.root)
        for name in ("proc", "sys", "dev"):
            self._mount("--bind", f"/{name}", self.root / name)
        self.write("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)  # packages must not start their services
        self._install(packages)

    def write(self, path: str, content: str | bytes, mode: int = 0o644) -> None:
        """A file of the overlay, with the folders above it; `path` is from its root."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        target.chmod(mode)

    def run(self, *command: str, said: str = "") -> str:
        """The answer of a program that runs in the overlay."""
        done = subprocess.run(
            self.command(*command), input=said, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed in the overlay: {done.stdout[-800:]} {done.stderr[-800:]}")
        return done.stdout

    def command(self, *command: str) -> list[str]:
        """The command line that runs a program in the overlay."""
        return ["env", "DEBIAN_FRONTEND=noninteractive", "chroot", str(self.root), *command]

    def close(self) -> None:
        """Take it down. What is still mounted is left alone rather than deleted through."""
        while self._mounted:
            target = self._mounted.pop()
            subprocess.run(["umount", "-l", str(target)], capture_output=True, check=False, timeout=600)
        if not any(os.path.ismount(self._home / name) for name in ("layers", "root")):
            with contextlib.suppress(OSError):
                (self._home / "root").rmdir()
                (self._home / "layers").rmdir()
                self._home.rmdir()

    def _mount(self, *arguments: str | Path) -> None:
        done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=600)
        if done.returncode != 0:
            self.close()
            raise CannotOverlay(f"An overlay cannot be mounted here: {done.stderr.strip()}")
        self._mounted.append(Path(arguments[-1]))

    def _install(self, packages: tuple[str, ...]) -> None:
        install = ("apt-get", "install", "-q", "-y", "--no-install-recommends", *packages)
        try:
            self.run(*install)
        except RuntimeError:
            try:
                self.run("apt-get", "update", "-q")
                self.run(*install)
            except RuntimeError as error:
                self.close()
                raise CannotOverlay(f"{', '.join(packages)} cannot be installed in an overlay: {error}") from error
