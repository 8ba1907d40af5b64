"""What the page may reach: itself, and the people API where that is."""

import pytest

from channels.page import page_headers


@pytest.mark.parametrize(
    ("people_url", "connect"),
    [
        ("http://localhost:5056", "'self' ws: wss: http://localhost:5056"),
        ("https://rapport.example/people", "'self' ws: wss: https://rapport.example"),
        ("/people", "'self' ws: wss:"),
    ],
)
def test_the_page_reaches_itself_and_the_people_api_only(people_url: str, connect: str) -> None:
    policy = page_headers(people_url)["Content-Security-Policy"].split("; ")

    assert policy[0] == "default-src 'none'"
    assert f"connect-src {connect}" in policy
    assert not any("unsafe" in rule or "*" in rule for rule in policy)
