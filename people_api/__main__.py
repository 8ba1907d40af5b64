"""`python -m people_api`: the people API's command line."""

from __future__ import annotations

import argparse
import logging
import os
import sys

import uvicorn

from people_api.app import make_app
from rapport.errors import RapportError
from rapport.services import get_services
from rapport.telemetry import metrics

END_WITHIN_S = 10
"""Seconds that requests have to end after SIGTERM; an erasure that is cut off goes on at the next start."""


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    os.umask(0o077)
    try:
        app = make_app(get_services())
        metrics.serve(os.environ)
    except RapportError as error:
        sys.exit(f"people API: {error}")
    uvicorn.run(
        app,
        host=arguments.host,
        port=arguments.port,
        # Addresses hold export tickets and what is searched for.
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=arguments.proxy is not None,
        forwarded_allow_ips=arguments.proxy or "",
        timeout_graceful_shutdown=END_WITHIN_S,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m people_api", description="What is kept about people, for each of them, over HTTP."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; others need TLS in front")
    parser.add_argument("--port", type=int, default=5056)
    parser.add_argument("--proxy", help="address of a proxy in front, whose X-Forwarded-For is believed")
    return parser


if __name__ == "__main__":
    main()
