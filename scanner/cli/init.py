"""`missedbcc init`: a commented config file that says where secrets are kept, and holds none."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import astuple, dataclass
from pathlib import Path
from string import Template
from typing import Annotated, Final

import typer

from scanner.cli.config_sections import UNATTENDED
from scanner.cli.exits import told
from scanner.cli.output import Output
from scanner.config import CONFIG_NAME, parse_config
from scanner.config.reference import REFERENCE
from scanner.errors import SettingsError
from scanner.policy import Gate


@dataclass(frozen=True, slots=True)
class Answers:
    """What the person said. Empty means: leave the example in the file."""

    internal: tuple[str, ...] = ()
    account: str = ""
    host: str = ""
    user: str = ""
    secret: str = ""


@told()
def init(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="The file to write.")] = Path(CONFIG_NAME),
    internal: Annotated[list[str] | None, typer.Option(metavar="DOMAIN", help="A domain of ours; repeat it.")] = None,
    account: Annotated[str, typer.Option(metavar="NAME", help="What to call the first account.")] = "",
    host: Annotated[str, typer.Option(help="Its IMAP server.")] = "",
    user: Annotated[str, typer.Option(help="The name to log in with.")] = "",
    secret: Annotated[str, typer.Option(metavar="WHERE", help=f"Where its password is kept: {REFERENCE}.")] = "",
) -> None:
    """Write a commented missedbcc.toml.

    On a terminal and without options, it asks; an empty answer leaves the example in the file. A file that is there
    already is never overwritten. A secret is never written: the file says where it is kept.
    """
    if os.path.lexists(config):
        raise _exists(config)
    answers = Answers(tuple(internal or ()), account, host, user, secret)
    if sys.stdin.isatty() and not any(astuple(answers)):
        answers = _ask()
    text = config_text(answers)
    try:
        parse_config(text, config)
    except SettingsError as error:
        raise SettingsError(
            "These answers make no config that can be used, so nothing was written.",
            "Correct what is named, then run the same command again.",
            error.problems or (str(error),),
        ) from error
    _write(config, text)
    output = Output()
    output.data(str(config))
    place = "" if config == Path(CONFIG_NAME) else f" --config {config}"
    output.tell(f"Look through {config}, then run: missedbcc check{place}")


def config_text(answers: Answers) -> str:
    """The whole file. What was not answered stands in it as a comment."""
    gate = Gate()
    name, host, user, secret = answers.account or "sales", answers.host, answers.user, answers.secret
    account = _ACCOUNT.substitute(
        name=name if name.isascii() and name.replace("-", "").replace("_", "").isalnum() else _quoted(name),
        host=_quoted(host or "imap.corp.example"),
        user=_quoted(user or "sales@corp.example"),
        secret=_quoted(secret or "env:SALES_PASSWORD"),
    )
    named = bool(answers.account or host or user or secret)
    return _FILE.substitute(
        internal=("internal = " if answers.internal else "# internal = ")
        + f"[{', '.join(map(_quoted, answers.internal or ('corp.example',)))}]",
        candidate=gate.candidate,
        exposure=gate.exposure,
        parties=gate.parties,
        sensitive=gate.sensitive,
        contexts=_CONTEXTS,
        account=account if named else _commented(account),
        tenant=_commented(TENANT),
        unattended=UNATTENDED,
    )


def _commented(text: str) -> str:
    return "".join(f"# {line}\n" if line else "#\n" for line in text.splitlines())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML basic string (toml.io v1.0.0, String)


def _ask() -> Answers:
    def ask(question: str) -> str:
        typer.echo(f"{question}: ", nl=False, err=True)  # typer's own prompt also writes to standard output
        return sys.stdin.readline().strip()

    internal = tuple(ask("Our domains, with blanks between them").replace(",", " ").split())
    host = ask("IMAP server of the first account (none: leave an example)")
    if not host:
        return Answers(internal)
    return Answers(
        internal,
        ask("What to call the account"),
        host,
        ask("The name to log in with"),
        ask(f"Where the password is kept ({REFERENCE})"),
    )


def _exists(config: Path) -> SettingsError:
    return SettingsError(f"{config} is there already; it stays as it is.", "Give another name with --config.")


def _write(config: Path, text: str) -> None:
    try:
        handle = os.open(config, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise _exists(config) from None
    except OSError as error:
        raise SettingsError(
            f"{config} cannot be written: {error.strerror}.", "Give another place with --config."
        ) from error
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)


_CONTEXTS: Final = """health, children, union, shelter, religion,
# sexual life, applications, debt, testimony"""

_FILE: Final = Template("""\
# missedbcc.toml: whose mail is read, and what counts. `missedbcc check` tries it without reading mail.
# Relative paths start at the folder of this file. No secret stands here: the file says where each one is kept.

# The dated rules (time limit, weights of the severity) that the workbook speaks of; without it the newest in force.
# rules = "gdpr-2018"

[organisation]
# Our domains; their sub-domains are ours too. A domain that was ours for a time is written as
#     { domain = "old.example", since = 2019-01-01, until = 2024-12-31 }
# Without this key the domains are proposed from the mail itself, and the workbook says so.
$internal
# Addresses of ours at domains that are not ours, such as the owner's at a free-mail provider.
own_addresses = []
# Domains that are neither ours nor strangers, such as a processor's: shown, but neither affected nor counted.
affiliates = []

[organisation.free_mail]
# Each customer of a free-mail provider is a stranger to the others. Corrections of the built-in list of providers.
add = []
remove = []

[gates]
# Messages with at least this many outsiders in To and Cc are kept in the case.
candidate = $candidate
# Messages with at least this many affected people (role accounts not counted) are incidents, ...
exposure = $exposure
# ... if at least this many different parties are among them.
parties = $parties
# The same as `exposure` where the subject tells something sensitive of everybody on the list, such as an illness.
sensitive = $sensitive

[sensitive.words]
# Words of your own for such subjects, besides the built-in ones in eight languages; a * stands for any letters.
# The built-in contexts are $contexts.
# health = ["tinnitus*", "hearing group"]

# One table for each exposure that somebody answers for: it is listed as allowed until it expires, and then open again.
# [[allow]]
# reason = "The attendees agreed to be listed"
# owner = "events team"
# expires = 2027-01-31              # the last day
# subject = "forum 2026"            # all conditions that are given must hold; this one is part of the subject
# author = "events@corp.example"    # or a whole domain, as "@corp.example"
# audience = ["firm.example"]       # the domains of all outsiders
# incident = "I-ABCDEFGHIJ"         # the id in the workbook

[case]
# Where the database and the workbooks go. --case on the command line wins.
folder = "missedbcc-case"

[report]
# The language of the workbooks: en, fr or de. --language on the command line wins.
language = "en"
# Where the password is kept that locks them; nobody opens a locked workbook without it. --password wins.
# password = "env:WORKBOOK_PASSWORD"

# [manifest]
# Signs what each run leaves behind, so that `missedbcc verify --public-key` can tell who wrote it.
# `missedbcc make-key FILE` makes a key.
# signing_key = "file:/etc/missedbcc/signing.pem"

$unattended
# Archives need no table: `missedbcc scan mail.mbox` reads them as they are.

# Microsoft 365: one table for a whole tenant, or for some of its mailboxes.
$tenant
# IMAP: one table for each mailbox.
$account""")

_ACCOUNT: Final = Template("""\
[account.$name]
type = "imap"               # or mbox, maildir, eml, each with `path` and nothing else
host = $host
user = $user
secret = $secret
# secret = "file:/run/secrets/sales"          # the first line of a file that you alone may read
# secret = "command:pass show mail/sales"     # the first line that a program prints
# secret = "credential:sales"                 # that systemd hands to a scheduled run (schedule install --credential)
# secret = "keyring:sales/anna"               # of the desktop; needs: pip install 'missedbcc[keyring]'
# port = 993
# tls = "implicit"          # or "starttls"; there is no unprotected way
# login = "password"        # or "plain", "xoauth2", "oauthbearer"
# act_as = "boss@corp.example"    # open this mailbox with the rights of `user`
# master_separator = "*"          # for Dovecot's master users: log in as act_as*user
# ca_file = "our-ca.pem"          # who signed the server's certificate, when the system does not know them
# sent_folders = ["Sent"]         # without it they are found by the server's marks and by name
# history = true    # read the other folders too (not junk and trash): who knew whom before, and what came back
# connect_timeout = 20            # seconds
# read_timeout = 60
# command_deadline = 300
# mailbox_deadline = 14400
#
# In place of `secret`, an application that fetches tokens for Exchange Online:
# [account.$name.oauth]
# authority = "https://login.microsoftonline.com/TENANT"
# client_id = "00000000-0000-0000-0000-000000000000"
# secret = "env:SALES_CLIENT_SECRET"          # or: certificate = "file:key-and-certificate.pem"
# scope = "https://outlook.office365.com/.default"
""")

TENANT: Final = """\
[account.tenant]
type = "graph"
tenant = "00000000-0000-0000-0000-000000000000"      # or one of its domains
client_id = "00000000-0000-0000-0000-000000000000"   # of the application; a managed identity needs none
# One way to sign in:
certificate = "file:graph.pem"                # a PEM file with key and certificate, or a PFX file
# passphrase = "env:GRAPH_PASSPHRASE"         # opens its key
# secret = "env:GRAPH_CLIENT_SECRET"
# assertion = "file:/var/run/secrets/azure/tokens/azure-identity-token"   # of a workload identity
# sign_in = "managed-identity"                # of the machine that this runs on
# sign_in = "device-code"                     # a person signs in; only their own mailbox is read
# Whose mail, if not everybody's; one of these:
# mailbox = "anna@corp.example"
# mailboxes = ["anna@corp.example", "sales@corp.example"]
# group = "00000000-0000-0000-0000-000000000000"   # the mailboxes of its members
# profile = "sent"                            # or "deleted" (and what was deleted), "all" (and filed anywhere)
# sent_folders = ["Sent Items"]               # without it they are found whatever their names are
# cloud = "global"                            # or "usgov-l4", "usgov-l5", "china"
# authority = "https://login.microsoftonline.com"   # other hosts than those of the cloud
# root = "https://graph.microsoft.com"
# ca_file = "our-ca.pem"                      # who signed the hosts' certificates, when the system does not know them
# history = true                              # read the other folders too, as evidence of who knew whom
# whole_messages = true                       # only where Mail.Read was granted on purpose
# in_flight = 8                               # requests under way at a time, in all ...
# in_flight_per_mailbox = 2                   # ... and for one mailbox (4 at most)
# page = 500                                  # messages on a page (1,000 at most)
# connect_timeout = 10                        # seconds
# read_timeout = 120
# request_deadline = 300
# mailbox_deadline = 14400                    # of one run and one mailbox; the next run goes on from there
"""
