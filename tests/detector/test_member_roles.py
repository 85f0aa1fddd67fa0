"""What each message is within its incident."""

from __future__ import annotations

import pytest

from scanner.detector.member import Member
from scanner.detector.member_roles import roles_of
from scanner.incident import Role
from tests.detector.members import DAY, HOUR, member

LIST = range(30)
CASES: dict[str, tuple[tuple[Member, ...], tuple[Role, ...]]] = {
    "batches": (
        (member("a", LIST), member("b", range(30, 60), after=HOUR), member("c", range(60, 90), after=2 * HOUR)),
        (Role.ORIGINAL, Role.BATCH, Role.BATCH),
    ),
    "recall, then apology in Bcc": (
        (
            member("a", LIST),
            member("b", LIST, after=HOUR, subject="Recall: Notice"),
            member("c", (), hidden=LIST, after=2 * HOUR, subject="Our apologies"),
        ),
        (Role.ORIGINAL, Role.RECALL, Role.APOLOGY),
    ),
    "an apology that shows the list again": (
        (member("a", LIST), member("b", LIST, after=HOUR, subject="Sorry for our message of today")),
        (Role.ORIGINAL, Role.APOLOGY),
    ),
    "the correction of a hidden mailing": (
        (member("a", (), hidden=LIST), member("b", LIST, after=HOUR, subject="Correction: Notice")),
        (Role.HIDDEN_TWIN, Role.CORRECTION),
    ),
    "the same again": (
        (member("a", LIST), member("b", LIST, after=HOUR)),
        (Role.ORIGINAL, Role.CORRECTION),
    ),
    "a series": (
        (member("a", LIST), member("b", LIST, after=7 * DAY), member("c", LIST, after=14 * DAY)),
        (Role.ORIGINAL, Role.RE_EXPOSURE, Role.RE_EXPOSURE),
    ),
    "our own answer to all": (
        (member("a", LIST), member("b", LIST, after=HOUR, reply=True, subject="Re: Notice")),
        (Role.ORIGINAL, Role.RE_EXPOSURE),
    ),
    "a correction of what is not here": (
        (member("a", LIST, subject="Correction: Notice"),),
        (Role.ORIGINAL,),
    ),
    "a recall of what is not here, or of a product": (
        (member("a", LIST, subject="Recall: Model X"), member("b", LIST, after=HOUR, subject="Recall: Model X")),
        (Role.ORIGINAL, Role.RECALL),
    ),
    "a recall of a hidden mailing": (
        (member("a", (), hidden=LIST), member("b", LIST, after=HOUR, subject="Recall: Notice")),
        (Role.HIDDEN_TWIN, Role.RECALL),
    ),
    "batches of which some are hidden": (
        (
            member("a", (), hidden=range(60, 90)),
            member("b", LIST, after=HOUR),
            member("c", (1,), hidden=range(30, 60), after=2 * HOUR),
        ),
        (Role.ORIGINAL, Role.BATCH, Role.BATCH),
    ),
    "a message that hides some of those it shows to": (
        (member("a", range(12), hidden=range(12, 40)),),
        (Role.ORIGINAL,),
    ),
    "an apology that stands alone": (
        (member("a", LIST, subject="Sorry about the virus"),),
        (Role.ORIGINAL,),
    ),
}


@pytest.mark.parametrize(("members", "roles"), CASES.values(), ids=CASES)
def test_roles(members: tuple[Member, ...], roles: tuple[Role, ...]) -> None:
    assert roles_of(members) == roles
