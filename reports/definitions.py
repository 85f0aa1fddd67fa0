"""What the words and numbers of the workbook mean, in sentences for a reader who does not know mail."""

from __future__ import annotations

from reports.incident_words import DECIDES_NOTHING

DIGEST_COVERS = (
    "of the header's bytes as the source gave them: of the whole header as stored; over IMAP, of the header fields "
    "that the scan asks for, as the server gave them; through Microsoft Graph, which shows no header of sent mail, of "
    "Message-ID, subject, sending time and people as the service gave them"
)

DEFINITIONS = (
    (
        "Incident",
        "One cause and one audience, with all the messages that belong to it: batches of one mailing, a recall, a "
        "correction, an apology, the list shown once more. Its id stays; “Earlier ids” are those it had before several "
        "incidents turned out to be one.",
    ),
    (
        "What is new",
        "New: no workbook of an earlier run showed it; every report that is written from one and the same run says so "
        "again. Changed: it has other messages or people than the last one showed. "
        "Reopened: it was settled or allowed, and that no longer covers what is known. Known: none of these.",
    ),
    (
        "Status",
        "Where an incident stands, as people say on Decisions; the tool never sets it, and it is open until they do. "
        "Open: nobody has taken it up. In review: somebody looks into it. Confirmed: it happened as it is listed, and "
        "something is left to do. Closed: nothing is left to do. False alarm: it did not happen, or is no matter for "
        "this register. The last two count as settled: where other messages or people turn up, it is marked "
        "“reopened” and keeps the status until people change it.",
    ),
    (
        "What they are",
        "The part that each message plays. Original: the first. Quoted: the first, known only from a quotation in mail "
        "that came in, since no copy of it was found. Batch: the same mailing to other people. Recall, "
        "correction, apology: as their words say. Re-exposure: the list shown once more. Hidden twin: the same people "
        "in Bcc. Replies and bounces came back, and are known only where received mail was read.",
    ),
    (
        "Disclosed entries",
        "Entries of To, Cc and their Resent twins that show an affected person, or somebody by name only, each "
        "repetition counted, in one message and over all of them.",
    ),
    (
        "Affected people",
        "Outsiders whose address was shown to somebody outside their own party, each counted once, however many "
        "messages showed them. Role accounts are among them.",
    ),
    (
        "Reached, bounces taken off",
        "Affected people without those whom a bounce names as not reached. Nothing tells that the others were reached: "
        "a header does not say so, and a bounce is known only where received mail was read. Whoever was not reached "
        "was shown to the others all the same.",
    ),
    (
        "Delivered",
        "“no” where a bounce names the person, “no in some” where one does in some of several incidents, else “not "
        "known to have failed”, which is no proof.",
    ),
    (
        "Countries",
        "Told from the last part of the address and never from a name. Likely: a country's own domain that is used "
        "mainly at home. Weak: one that is sold all over the world, such as .io. Not known: every other, such as .com.",
    ),
    (
        "Found by the tool, aware since",
        "When the tool showed it first, and since when a human knew. The deadline is counted from the second alone, "
        "which only people can state.",
    ),
    (
        "State of the deadline",
        "Whether the hours had passed when the last run began or, if that was later, answers were last read back, "
        "whatever the day on which this is read; where people state that an authority was told, whether that was on "
        "the day of the deadline (UTC) or before. A stated day that was still to come then (UTC) is named as such. "
        "Hours that are counted from a doubted time are not judged. Of any other incident that is settled, only that "
        "it is settled, and not whether the hours had passed.",
    ),
    (
        "Display name",
        "For one person: the longest name of two words or more that was shown, else the longest. Please check it "
        "before you write to somebody.",
    ),
    (
        "Higher risk",
        "For one person: “yes” where a sensitive subject and something that tells who the person is stand together.",
    ),
    (
        "Closest published case",
        "An example of the European Data Protection Board, found by the number of people, names and the subject alone. "
        f"{DECIDES_NOTHING}",
    ),
    (
        "Told by name",
        "How many have a full name or part of one: the two numbers beside it, added up.",
    ),
    (
        "With a full name, with part",
        "How many can be told by name: affected people, role accounts left out, whose entry shows what looks like a "
        "first and last name, or one of the two, beside the address or in it. Told by the form of the words alone.",
    ),
    (
        "Shown by name only",
        "Recipients of whom the message gives a name and no address. They may be outsiders or colleagues, so they are "
        "not among the affected people; the sheet Affected people lists them too, as “(address unknown)”.",
    ),
    (
        "Counted people",
        "Those who are compared with the gate: affected people without role accounts and distribution lists. People "
        "shown by name only are added where the list is mostly one of outsiders; the reasons say so.",
    ),
    ("Role accounts", "Addresses of a function, such as info@ or sales@, that need not belong to one person."),
    ("Fields", "The fields of the header in which somebody was shown. Bcc shows nobody and is not among them."),
    (
        "First sent, last sent, when",
        "By the Date field of the message, which the sender's clock wrote. “Stored” is when the source took the "
        "message in, where it says so.",
    ),
    (
        "Retrieved",
        "When the copy with this digest was first read at this place: the moment at which the batch of messages with "
        "it, usually of a few seconds, had been read. Reading it again changes nothing. Early versions did not "
        "record it.",
    ),
    (
        "First shown, last shown, times",
        "For one person: the first and the last message that showed their address, and how many did.",
    ),
    (
        "Already known to",
        "For one person: how many of the others on the list had seen their address before, in mail that others wrote. "
        "0 also where no such mail was read. Of several incidents the largest number counts.",
    ),
    ("Party", "One company domain, or one free-mail address: each consumer is a party of their own."),
    ("Free-mail share", "The share of affected people whose address is at a free-mail provider."),
    ("Viewers", "Everybody who could read the list: To, Cc and Bcc, outsiders, affiliates and internal people."),
    ("Bcc among viewers", "Viewers who stood in Bcc: they saw the list and were not shown themselves."),
    (
        "Seen by",
        "For one person: how many others, outside their own party, could read their address. On Affected people it is "
        "the largest number of any one incident, on Person × message that of the message.",
    ),
    (
        "Not reached",
        "On Timeline: everybody whom the bounces of the incident name, all of them on the row of the first bounce.",
    ),
    (
        "Sensitive subjects",
        "What the words of the subject tell of everybody on the list, such as health or debt. They lower the gate.",
    ),
    (
        "Points",
        "They put the incidents in order, the most likely and the largest first, and say nothing about how grave one "
        "is. “Points in words” names each of them.",
    ),
    (
        "Severity score and band",
        "Computed by the method that “How the severity was computed” names: the kind of data (1 to 4) times the ease "
        "of telling who somebody is (0.25 to 1), plus the circumstances. Below 2 is low, below 3 medium, below 4 high, "
        "from 4 on very high; “close to” warns that a small change of one factor gives another band. The number of "
        f"people does not enter it. Please check what was assumed. {DECIDES_NOTHING}",
    ),
    (
        "Copies found",
        "Places where the messages lie in the mail that was read, and where they are quoted; copies count as one "
        "message.",
    ),
    (
        "SHA-256 of the header as read",
        f"The digest is {DIGEST_COVERS}, so there it cannot be worked out from a saved copy of the message.",
    ),
)
"""Pairs of a word and what is to be said about it."""
