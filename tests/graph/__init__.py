"""A fake Microsoft Graph on loopback: as good as the real one on a good day, and as bad on a bad one."""
