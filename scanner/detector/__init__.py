"""Who could see whom: the rules that turn an envelope into an exposure."""
