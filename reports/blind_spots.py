"""What a scan of sent mail cannot see, in sentences for a reader who does not know mail."""

from __future__ import annotations

BLIND_SPOTS = (
    (
        "Deleted and archived mail",
        "Messages that were deleted, moved elsewhere or kept in an online archive that was not given as a source.",
    ),
    (
        "Mail sent by applications",
        "Newsletters, surveys, notifications and ticket systems often leave no copy in a folder of sent mail.",
    ),
    (
        "Copies that were never saved",
        "A mail program may send a message without saving a copy; phones and shared mailboxes do this often.",
    ),
    (
        "Hidden recipients (Bcc)",
        "Bcc is known only where the sender's own copy kept it. A gateway can add or remove Bcc readers unseen by us.",
    ),
    (
        "Mailing lists and groups",
        "One list address can stand for many readers. Who they were is not in the message; the list counts as one.",
    ),
    (
        "Bodies and attachments",
        "Of mail that was sent only the header was read: addresses shown in a text or in an attached file are not "
        "found. Only answers and bounces that came in may be read whole, for the lists of ours that they quote.",
    ),
    (
        "Delivery",
        "The header says to whom a message was addressed, not whether it arrived or was opened. A bounce says that it "
        "did not, where the bounce itself was read.",
    ),
    (
        "Who knew whom",
        "Whether people on a list knew each other is told from mail that others wrote, as far as it was read.",
    ),
    (
        "Mail changed on its way",
        "What a server or gateway changed before we read it is seen as changed.",
    ),
)
"""Pairs of a name and a sentence."""
