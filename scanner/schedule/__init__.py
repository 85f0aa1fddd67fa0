"""Scans that run by themselves: a job, written for the scheduler of the system."""

from __future__ import annotations

from pathlib import Path

from scanner.schedule import cron, launchd, systemd, windows
from scanner.schedule.installed import Installed, read_installed, sha256_of, write_installed
from scanner.schedule.job import Job, Plan, System

__all__ = ["Installed", "Job", "Plan", "System", "plan_of", "read_installed", "sha256_of", "write_installed"]


def plan_of(job: Job, system: System, folder: Path) -> Plan:
    """What a job comes to on a system, with files in a folder. Raises SettingsError where it cannot carry the job."""
    if system is System.CRON:
        return cron.plan(job)
    if system is System.LAUNCHD:
        return launchd.plan(job, folder)
    if system is System.WINDOWS:
        return windows.plan(job, folder)
    return systemd.plan(job, system, folder)
