"""The mailboxes of a tenant: all that can be read, why for each that cannot, its domains, and what was granted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from scanner.account import Account, GraphMailbox, GraphTenant, Proof
from scanner.connectors import expand, granted
from scanner.connectors.expansion import Expansion
from scanner.errors import AccessDenied, LoginRefused, NotAMailbox, SettingsError, SourceError
from tests.graph.faults import denied, throttled
from tests.graph.mailbox import User, user_id
from tests.graph.server import FakeGraph

GROUP = "5d3c1f00-0000-4000-8000-00000000cafe"


def user(name: str, **changes: Any) -> User:
    address = f"{name}@contoso.test"
    values: dict[str, Any] = {"mail": address, "proxies": (f"SMTP:{address}",)} | changes
    return User(user_id(address), name.title(), address, **values)


@pytest.fixture
def tenant(graph: FakeGraph) -> FakeGraph:
    """Ordinary people, a shared mailbox, an alias, and everybody who has no mailbox here."""
    for one in (
        user("ines", proxies=("SMTP:ines@contoso.test", "smtp:i.moreau@fabrikam.test", "X500:/o=Old/cn=ines")),
        user("lena"),
        user("info", enabled=False, licensed=False, purpose="shared"),
        user("aliased", mail="first.last@contoso.test", proxies=("SMTP:first.last@contoso.test",)),
        user("premises", on_premises=True),
        user("left", mailbox=False, licensed=False, enabled=False),
        user("nomail", mail=None, proxies=()),
        user("contact", mail="someone@partner.example", proxies=("SMTP:someone@partner.example",), mailbox=False),
        User(user_id("guest"), "Guest", "g_freemail.example#EXT#@contoso.test", "g@freemail.example", guest=True),
    ):
        graph.tenant.add_user(one)
    return graph


def account(graph: FakeGraph, **changes: Any) -> Account:
    return Account("contoso", "graph", graph=replace(GraphTenant(graph.sign_in()), **changes))


def names(expansion: Expansion) -> list[str]:
    return [one.name.removeprefix("contoso/").partition("@")[0] for one in expansion.accounts]


def refused(expansion: Expansion) -> dict[str, str]:
    found = {one.account.removeprefix("contoso/").partition("@")[0]: str(one.error) for one in expansion.unreached}
    assert all(one.error.hint.endswith(".") for one in expansion.unreached)
    return found


def test_every_mailbox_is_found_and_every_other_has_its_reason(tenant: FakeGraph) -> None:
    found = expand(account(tenant))
    assert names(found) == ["aliased", "ines", "info", "lena"]
    why = refused(found)
    assert sorted(why) == ["contact", "left", "premises"]
    assert all("No mailbox can be reached" in sentence for sentence in why.values())
    assert found.notices[0].startswith("contoso: In-place archives")
    assert found.notices[1:] == (
        "contoso: 1 guest whose mailbox is in another tenant is left out.",
        "contoso: 1 user without a mail address is left out.",
    )


def test_an_expanded_account_knows_its_user_and_all_addresses(tenant: FakeGraph) -> None:
    ines = next(one for one in expand(account(tenant)).accounts if one.name == "contoso/ines@contoso.test")
    assert ines.mailbox == GraphMailbox(user_id("ines@contoso.test"), ("ines@contoso.test", "i.moreau@fabrikam.test"))
    assert expand(ines) == Expansion((ines,))


def test_a_large_directory_is_probed_with_few_requests(graph: FakeGraph) -> None:
    for number in range(1_100):
        graph.tenant.add_user(user(f"u{number:04d}"))
    assert len(expand(account(graph)).accounts) == 1_100
    assert len([seen for seen in graph.seen if not seen.inner]) == 2 + 55


def test_named_mailboxes_are_found_by_name_by_address_and_by_id(tenant: FakeGraph) -> None:
    some = ("ines@contoso.test", "first.last@contoso.test", user_id("lena@contoso.test"), "nobody@contoso.test")
    found = expand(account(tenant, mailboxes=some))
    assert names(found) == ["aliased", "ines", "lena"]
    assert refused(found) == {"nobody": "The tenant has no user of this name."}
    assert "a primary address" in found.unreached[0].error.hint


def test_one_named_mailbox_keeps_the_name_of_the_account(tenant: FakeGraph) -> None:
    (alone,) = expand(account(tenant, mailboxes=("lena@contoso.test",))).accounts
    assert alone.name == "contoso"


def test_the_members_of_a_group(tenant: FakeGraph) -> None:
    tenant.tenant.groups[GROUP] = (user_id("ines@contoso.test"), user_id("premises@contoso.test"))
    tenant.signin.application.roles += ("GroupMember.Read.All",)
    found = expand(account(tenant, group=GROUP))
    assert names(found) == ["ines"]
    assert list(refused(found)) == ["premises"]


def test_without_the_right_to_list_members_the_fix_is_named(tenant: FakeGraph) -> None:
    tenant.tenant.groups[GROUP] = (user_id("ines@contoso.test"),)
    with pytest.raises(AccessDenied, match="may not list") as caught:
        expand(account(tenant, group=GROUP))
    assert "GroupMember.Read.All" in caught.value.hint


def test_a_group_that_does_not_exist(tenant: FakeGraph) -> None:
    tenant.signin.application.roles += ("GroupMember.Read.All",)
    with pytest.raises(NotAMailbox, match="no group"):
        expand(account(tenant, group="5d3c1f00-0000-4000-8000-000000000000"))


def test_without_the_right_to_list_users_the_fix_is_named(tenant: FakeGraph) -> None:
    tenant.signin.application.roles = ("Mail.ReadBasic.All",)
    for which in ({}, {"mailboxes": ("ines@contoso.test",)}):
        with pytest.raises(AccessDenied, match="may not list the mailboxes") as caught:
            expand(account(tenant, **which))
        assert "User.Read.All" in caught.value.hint


def test_mailboxes_that_a_policy_excludes_are_named(tenant: FakeGraph) -> None:
    tenant.service.out_of_scope.add("lena@contoso.test")
    found = expand(account(tenant))
    assert "lena" not in names(found)
    assert "may not read this mailbox" in refused(found)["lena"]


def test_a_busy_mailbox_does_not_keep_the_others_waiting(tenant: FakeGraph) -> None:
    tenant.service.unavailable["lena@contoso.test"] = throttled("100")
    assert "lena" in names(expand(account(tenant)))
    assert tenant.clock.slept == []


def test_one_mailbox_that_is_refused_changes_nothing_for_the_others(tenant: FakeGraph) -> None:
    tenant.service.unavailable["lena@contoso.test"] = denied()
    assert names(expand(account(tenant))) == ["aliased", "ines", "info"]


def test_domains_are_those_of_reachable_mailboxes(tenant: FakeGraph) -> None:
    assert expand(account(tenant)).domains == ("contoso.test", "fabrikam.test")


def test_domains_are_asked_for_where_that_was_granted(tenant: FakeGraph) -> None:
    tenant.signin.application.roles += ("Domain.Read.All",)
    tenant.tenant.domains["third.test"] = False
    assert expand(account(tenant)).domains == (
        "contoso.mail.onmicrosoft.test", "contoso.onmicrosoft.test", "contoso.test", "fabrikam.test", "third.test",
    )  # fmt: skip


def test_a_person_has_one_mailbox(tenant: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msal.oauth2cli.oauth2.time.sleep", lambda seconds: None)
    tenant.tenant.mailbox(tenant.tenant.users[user_id("ines@contoso.test")])
    mine = account(tenant, sign_in=tenant.sign_in(proof=Proof.DEVICE_CODE, secret=None))
    (alone,) = expand(mine).accounts
    assert (alone.name, alone.mailbox) == (
        "contoso", GraphMailbox("", ("ines@contoso.test", "i.moreau@fabrikam.test")),
    )  # fmt: skip
    assert granted(mine) is not None


@pytest.mark.parametrize(("whole", "right"), [(False, "Mail.ReadBasic"), (True, "Mail.Read")])
def test_a_person_is_asked_for_the_right_that_the_config_needs(
    tenant: FakeGraph, monkeypatch: pytest.MonkeyPatch, whole: bool, right: str
) -> None:
    monkeypatch.setattr("msal.oauth2cli.oauth2.time.sleep", lambda seconds: None)
    tenant.tenant.mailbox(tenant.tenant.users[user_id("ines@contoso.test")])
    sign_in = tenant.sign_in(proof=Proof.DEVICE_CODE, secret=None)
    found = granted(account(tenant, sign_in=sign_in, whole_messages=whole))
    assert found is not None
    assert (found.granted, found.missing) == ((right, "User.Read"), ())


@pytest.mark.parametrize(
    ("roles", "changes", "missing", "too_much"),
    [
        (("Mail.ReadBasic.All", "User.Read.All"), {}, (), ()),
        (("Mail.ReadBasic.All", "User.Read.All", "Domain.Read.All"), {}, (), ()),
        (("User.Read.All",), {}, ("Mail.ReadBasic.All",), ()),
        ((), {}, ("Mail.ReadBasic.All", "User.Read.All"), ()),
        (("Mail.Read", "User.Read.All"), {}, (), ("Mail.Read",)),
        (("Mail.Read", "Mail.ReadBasic.All", "User.Read.All"), {}, (), ("Mail.Read",)),
        (
            ("Mail.ReadWrite", "Mail.Send", "Directory.Read.All"),
            {},
            (),
            ("Directory.Read.All", "Mail.ReadWrite", "Mail.Send"),
        ),
        (("Mail.Read", "User.Read.All"), {"whole_messages": True}, (), ()),
        (("Mail.ReadBasic.All", "User.Read.All"), {"whole_messages": True}, ("Mail.Read",), ()),
        (("Mail.ReadBasic.All", "User.Read.All"), {"group": GROUP}, ("GroupMember.Read.All",), ()),
    ],
)
def test_what_is_missing_and_what_is_too_much(
    graph: FakeGraph,
    roles: tuple[str, ...],
    changes: dict[str, Any],
    missing: tuple[str, ...],
    too_much: tuple[str, ...],
) -> None:
    graph.signin.application.roles = roles
    found = granted(account(graph, **changes))
    assert found is not None
    assert (found.granted, found.missing, found.too_much) == (tuple(sorted(roles)), missing, too_much)
    wide = {
        "Mail.Read": "Mail.ReadBasic.All",
        "Mail.ReadWrite": "Mail.ReadBasic.All",
        "Directory.Read.All": "User.Read.All",
    }
    assert found.instead == tuple(sorted({wide[name] for name in too_much if name in wide} - {*roles}))


def test_other_kinds_of_accounts_are_themselves() -> None:
    archive = Account("mail.mbox", "mbox")
    assert expand(archive) == Expansion((archive,))
    assert granted(archive) is None


@pytest.mark.parametrize(
    ("spoil", "kind", "sentence"),
    [
        (lambda graph: setattr(graph.signin, "trouble", 7000222), LoginRefused, "AADSTS7000222"),
        (lambda graph: graph.faults.script("/users", throttled("9999"), times=9), SourceError, "9999 seconds"),
        (lambda graph: graph.stop(), SourceError, "cannot be reached"),
    ],
)
def test_a_tenant_that_gives_nothing_says_why(
    graph: FakeGraph, spoil: Callable[[FakeGraph], None], kind: type[SourceError], sentence: str
) -> None:
    graph.tenant.person("ines")
    spoil(graph)
    with pytest.raises(kind, match=sentence):
        expand(account(graph))


def test_a_tenant_without_anybody_is_no_mailbox(graph: FakeGraph) -> None:
    with pytest.raises(NotAMailbox, match="no mailbox"):
        expand(account(graph))


def test_an_account_without_a_tenant_is_a_mistake() -> None:
    for ask in (expand, granted):
        with pytest.raises(SettingsError):
            ask(Account("x", "graph"))
