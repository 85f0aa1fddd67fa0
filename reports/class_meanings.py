"""What each class of incident means, in one plain sentence for a reader who does not know mail."""

from __future__ import annotations

from scanner.incident import Class

CLASS_MEANINGS = {
    Class.PROBABLE: "Many outsiders were shown to one another, and nothing in the mail that was read explains it.",
    Class.STANDING_GROUP: (
        "Most of the people had stood together on earlier mail that somebody else wrote, so they knew of one another."
    ),
    Class.INHERITED: "We answered a list that somebody else had begun, or is presumed to have begun, and added few.",
    Class.PERSONAL: "The subject or the people look like a private circle of friends or family.",
    Class.FEW_PARTIES: "A small list of a few organisations, as people who work together have.",
    Class.SERIES: "The same small list was written to again and again, as a working group is.",
    Class.ONE_ORGANISATION: "Nearly all the outsiders belong to one organisation: they are colleagues of each other.",
    Class.ROLES: "The addresses are those of functions or lists, such as info@ or sales@, and hardly of people.",
    Class.ALLOWED: "Somebody answers for it in the settings, with a reason and until a day that they named.",
    Class.HIDDEN: "The people stood in Bcc, so none of them saw another.",
    Class.NOT_OURS: "None of the messages was written by us; they lay in the mail that was read.",
    Class.BELOW_GATE: "Fewer people, or people of fewer parties, than the gate asks for.",
}
"""Pairs of a class and a sentence, in the order of the classes."""
