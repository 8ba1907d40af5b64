"""Cloned voices: what is asked of a recording, whose voice it is, and what happens to it from consent to revocation."""
