"""What shows that nobody altered what was found: manifests, chained and signed, and bags of original messages."""
