"""The page's headers: what it may load and reach, and that nothing else may hold it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


def page_headers(people_url: str) -> Mapping[str, str]:
    """Headers of the page.

    Args:
        people_url: The people API, the one other origin that the page reaches; of a path alone, it is the page's own.
    """
    people = urlsplit(people_url)
    origin = f" {people.scheme}://{people.netloc}" if people.netloc else ""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self' data:",
        # Older browsers take `'self'` for http alone.
        "connect-src": f"'self' ws: wss:{origin}",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Permissions-Policy": "microphone=(self)",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
