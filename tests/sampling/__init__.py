"""How the invented mail of sample_mailboxes/ is made: `python -m tests.sampling` writes it again, byte for byte."""
