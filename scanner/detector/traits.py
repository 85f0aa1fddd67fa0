"""What the class and the points of an incident are decided by: figures, no addresses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What kind of words a subject holds; several at once are possible."""

    BULK = "words of bulk mail"  # newsletter, invitation, notice, survey, farewell, new address
    PERSONAL = "words of private life"  # jokes, parties, games
    WORK = "words of work among colleagues"  # meeting, agenda, minutes, draft, comments
    RECALL = "words of a recall"
    APOLOGY = "words of an apology"
    CORRECTION = "words of a correction"


@dataclass(frozen=True, slots=True)
class Traits:
    """One incident (or group of messages that may be one) in figures. Shares are from 0 to 1.

    people         distinct outsiders affected, without role accounts and lists, people shown by name included
    outsiders      distinct outsiders shown, role accounts included
    roles          those of them that are role accounts or lists
    parties        company domains, and each consumer as a party of their own
    largest        share of the largest company among `outsiders`; free-mail never counts as one
    consumers      people at free-mail providers
    insiders       colleagues visible in the message with most of them
    mailboxes      how many of the people there are when tags behind a plus sign (RFC 5233) make nobody another person
    messages       messages of ours, copies once
    same_list      the longest run of messages over two weeks and more that all went to nearly the same list
    replies        messages that are replies; `forwards` those that are forwarded
    added          most outsiders that one message adds to a list which is not its own: those in neither its parent nor
                   an earlier message of an outsider; for a message that is no reply, all its outsiders
    untraced       replies whose parent was not found
    cover          largest share of `outsiders` that stood together in one earlier message by an outsider
    known_pairs    share of all pairs of `outsiders` that stood together in some earlier message by an outsider
    hidden         outsiders in Bcc
    tones          of all subjects together
    contexts       sensitive subjects, by name, sorted
    recalled, apologised, corrected, batches, hidden_twin   what else belongs to it
    """

    people: int
    outsiders: int
    roles: int
    parties: int
    largest: float
    consumers: int
    insiders: int
    mailboxes: int | None = None
    messages: int = 1
    same_list: int = 1
    replies: int = 0
    forwards: int = 0
    added: int = 0
    untraced: int = 0
    cover: float = 0.0
    known_pairs: float = 0.0
    hidden: int = 0
    tones: frozenset[Tone] = frozenset()
    contexts: tuple[str, ...] = ()
    recalled: bool = False
    apologised: bool = False
    corrected: bool = False
    batches: int = 0
    hidden_twin: bool = False
    ours: bool = True
