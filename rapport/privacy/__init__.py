"""What protects a person: consent, keys, audit trail, retention, export, erasure, redaction."""
