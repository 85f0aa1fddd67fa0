"""Whose mailbox it looks like, and when nobody can say."""

from __future__ import annotations

from dataclasses import replace

from scanner.detector import propose_internal
from scanner.envelope import Envelope, Mark
from scanner.policy import Ground, InternalDomain, Policy
from tests.detector.envelopes import envelope, to

FREE = Policy(free_mail_add=("freemail.example",))


def mail(author: str, *recipients: str, marks: tuple[Mark, ...] = ()) -> Envelope:
    return envelope(to(*recipients), author=author, marks=marks)


def sent(author: str, *recipients: str) -> Envelope:
    return mail(author, *recipients, marks=(Mark.SENT,))


def proposed(*domains: str) -> tuple[InternalDomain, ...]:
    return tuple(InternalDomain(domain, ground=Ground.PROPOSED) for domain in domains)


def test_the_authors_of_sent_mail_are_ours() -> None:
    letters = [sent("anna@mail.company.example", f"p{n}@firm.example") for n in range(9)]
    found = propose_internal([*letters, mail("p@firm.example", "anna@mail.company.example")])
    assert found.domains == proposed("mail.company.example")
    assert found.own_addresses == ()
    assert found.sentences[0] == (
        "mail.company.example, with its sub-domains, is internal: 9 of 9 sent messages were written there."
    )


def test_every_domain_with_half_of_the_sent_mail_is_ours() -> None:
    letters = [sent("anna@company.example", "p@firm.example"), sent("bob@brand.example", "p@firm.example")] * 5
    assert propose_internal(letters).domains == proposed("brand.example", "company.example")


def test_a_customer_whose_mail_lies_among_the_sent_is_asked_about_and_not_proposed() -> None:
    letters = [sent("anna@company.example", "p@firm.example")] * 8 + [
        sent("bob@customer.example", "p@firm.example")
    ] * 2
    found = propose_internal([*letters, sent("jo@freemail.example", "p@firm.example")], policy=FREE)
    assert (found.domains, found.own_addresses) == (proposed("company.example"), ())
    assert found.sentences[1:3] == (
        "Not taken as internal, but also wrote 2 of 11 sent messages: customer.example; add it with --internal if it "
        "is yours.",
        "Not taken as internal, but also wrote 1 of 11 sent messages: jo@freemail.example; add it to own_addresses in "
        "the config if it is yours.",
    )


def test_where_nobody_wrote_half_all_are_asked_about_up_to_a_few() -> None:
    found = propose_internal([sent(f"p{n}@firm-{n}.example", "q@firm.example") for n in range(9)])
    assert (found.domains, len([one for one in found.sentences if "also wrote" in one])) == ((), 5)


def test_another_account_may_own_what_one_account_leaves_open() -> None:
    letters = [sent("anna@company.example", "p@firm.example")] * 2 + [sent("bob@brand.example", "p@firm.example")]
    other = replace(letters[-1], locator=replace(letters[-1].locator, account="bob"))
    found = propose_internal([*letters, other])
    assert found.domains == proposed("brand.example", "company.example")
    assert not any("also wrote" in one for one in found.sentences)


def test_a_domain_written_by_many_counts_together() -> None:
    found = propose_internal([sent(f"p{n}@company.example", "p@firm.example") for n in range(50)])
    assert found.domains == proposed("company.example")


def test_of_a_free_mail_owner_only_the_address_is_ours() -> None:
    found = propose_internal([sent("Owner@freemail.example", "p@firm.example")] * 3, policy=FREE)
    assert (found.domains, found.own_addresses) == ((), ("owner@freemail.example",))
    assert found.sentences[0] == "owner@freemail.example is taken as internal: 3 of 3 sent messages were written there."


def test_in_a_whole_archive_the_owner_stands_on_most_messages() -> None:
    letters = [mail("anna@company.example", f"p{n}@firm-{n}.example") for n in range(4)]
    answers = [mail(f"p{n}@firm-{n}.example", "anna@company.example", "x@other.example") for n in range(6)]
    assert propose_internal(letters + answers).domains == proposed("company.example")


def test_in_an_archive_of_a_whole_company_its_domain_stands_on_most() -> None:
    letters = [mail(f"p{n}@company.example", f"p{n}@firm-{n}.example") for n in range(9)]
    assert propose_internal(letters).domains == proposed("company.example")


def test_consumers_at_one_provider_do_not_add_up() -> None:
    letters = [mail(f"p{n}@freemail.example", f"q{n}@freemail.example") for n in range(9)]
    assert propose_internal(letters, policy=FREE).own_addresses == ()
    strays = [sent(f"p{n}@freemail.example", "q@firm.example") for n in range(6)]
    assert propose_internal(strays, policy=FREE).own_addresses == ()


def test_in_an_archive_of_mostly_received_mail_too() -> None:
    letters = [mail("news@shop.example", "anna@company.example")] * 6
    others = [mail(f"p{n}@firm-{n}.example", "anna@company.example") for n in range(4)]
    own = mail("anna@company.example", "p@firm.example")
    assert propose_internal([*letters, *others, own]).domains == proposed("company.example")


def test_a_customer_on_every_message_who_wrote_none_is_not_the_owner() -> None:
    letters = [mail(f"p@corp{n % 2}.example", f"q{n}@customer.example", f"r@firm-{n}.example") for n in range(6)]
    found = propose_internal(letters)
    assert found.domains == ()
    assert "--internal" in found.sentences[-1]


def test_of_two_who_stand_on_everything_the_one_who_wrote_it_is_the_owner() -> None:
    assert propose_internal([mail("anna@company.example", "p@firm.example")] * 5).domains == proposed("company.example")


def test_nothing_convincing_proposes_nothing_and_names_the_next_step() -> None:
    dialogue = [mail("a@one.example", "b@two.example"), mail("b@two.example", "a@one.example")] * 5
    crowd = [mail(f"a{n}@firm-{n}.example", f"b{n}@other-{n}.example") for n in range(9)]
    for letters in ([], dialogue, crowd, [mail("a@one.example", "b@two.example")]):
        found = propose_internal(letters)
        assert (found.domains, found.own_addresses) == ((), ())
        assert "--internal" in found.sentences[-1]


def test_drafts_prove_nothing() -> None:
    assert propose_internal([mail("a@one.example", marks=(Mark.SENT, Mark.DRAFT))] * 9).domains == ()


def test_an_account_named_by_an_address_is_its_owners() -> None:
    found = propose_internal([], ["Anna@company.example", "archive", "a@b", "one@two@three.example"])
    assert found.domains == proposed("company.example")
    assert propose_internal([], ["Anna@freemail.example"], FREE).own_addresses == ("anna@freemail.example",)


def test_the_answer_does_not_depend_on_the_order() -> None:
    letters = [sent("b@two.example", "p@firm.example"), sent("a@one.example", "p@firm.example")] * 3
    assert propose_internal(letters) == propose_internal(letters[::-1])
