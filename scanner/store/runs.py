"""How runs, and the policies by which they judged, are kept."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from scanner.case import Alarm, Outcome, Run
from scanner.policy import Policy
from scanner.store import tables
from scanner.store.facts import policy_to_text, to_policy
from scanner.store.keeping import upsert

_SENTENCES: Final = "sentences"
_ALARMS: Final = "alarms"


def save_policy(connection: Connection, policy: Policy) -> None:
    """Keep a policy, once for all runs that judged by it."""
    upsert(connection, tables.policy, [{"digest": policy.digest, "facts": policy_to_text(policy)}], "digest")


def save_run(connection: Connection, run: Run) -> None:
    """Write a run under its number, over what stood there."""
    save_policy(connection, run.policy)
    row: dict[str, object] = {
        "id": run.id,
        "started": run.started,
        "finished": run.finished,
        "version": run.version,
        "policy": run.policy.digest,
        "rules": run.rules,
        "sources": run.sources,
        "outcome": run.outcome,
        "troubles": run.troubles,
        "notices": {_SENTENCES: run.notices, _ALARMS: run.alarms} if run.alarms else run.notices,
    }
    upsert(connection, tables.run, [row], "id")


def read_runs(connection: Connection) -> list[Run]:
    """Every run, oldest first."""
    query = sa.select(tables.run, tables.policy.c.facts).join(tables.policy).order_by(tables.run.c.id)
    return [_run(row) for row in connection.execute(query)]


def last_number(connection: Connection) -> int:
    """The number of the last run; 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(tables.run.c.id))) or 0


def _run(row: Row[Any]) -> Run:
    kept = row.notices  # of a run without alarms the sentences alone, as of all runs of earlier versions
    notices = kept if isinstance(kept, list) else kept[_SENTENCES]
    alarms = () if isinstance(kept, list) else kept[_ALARMS]
    return Run(
        id=row.id,
        started=row.started,
        finished=row.finished,
        version=row.version,
        policy=to_policy(row.facts),
        rules=tuple(row.rules),
        sources=tuple(row.sources),
        outcome=Outcome(row.outcome) if row.outcome else None,
        troubles=tuple(row.troubles),
        notices=tuple(notices),
        alarms=tuple(Alarm(one) for one in alarms),
    )
