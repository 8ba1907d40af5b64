"""Benchmarks, each a module: `python -m bench.NAME [--json FILE]`. They print percentiles, and judge nothing."""
