"""The part of a fresh config that says what happens when nobody watches, all of it as comments."""

from __future__ import annotations

from typing import Final

UNATTENDED: Final = """\
# What happens when nobody watches. `missedbcc schedule install` lets this machine start the scan.
# [schedule]
# every = "weekly"          # or "daily", "monthly"; a run that is late is told by the next one
# weekday = "monday"        # where monthly: day = 1
# time = "06:00"

# Who is told after a run: counts, and what could not be read; never an address, never a subject.
# [tell]
# when = "always"           # or "needed": something new, incomplete, failed or late
# workbook = false          # whether to say where the workbook lies
# services = ["env:CHAT_URL"]   # addresses of the library Apprise; needs: pip install 'missedbcc[tell]'
# deadline = 60             # seconds for all of them
# [tell.mail]
# host = "smtp.corp.example"
# tls = "implicit"          # or "starttls"; there is no unprotected way
# port = 465                # 587 with starttls
# user = "missedbcc"
# secret = "env:SMTP_PASSWORD"
# from = "missedbcc@corp.example"
# to = ["security@corp.example"]    # each gets a message of their own
# ca_file = "our-ca.pem"
# [tell.webhook]
# url = "file:webhook.url"  # an https address; it is a secret, since who knows it can post there
# token = "env:WEBHOOK_TOKEN"

# JSON, one line for each account and one for the run, without addresses.
# [log]
# file = "runs.jsonl"

# For the textfile collector of Prometheus' node exporter.
# [metrics]
# file = "/var/lib/prometheus/node-exporter/missedbcc.prom"
# case = "sales"            # what the case is called in it

# After how many days `missedbcc purge` may remove things; without a key, never.
# [retention]
# cleared = 365             # messages that belong to no incident, and evidence, since they were sent
# closed = 730              # incidents, since they were closed
# workbooks = 365           # workbooks, since their run
"""
