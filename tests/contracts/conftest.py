"""What contract suites of adapters to servers run against."""

import warnings
from collections.abc import Iterator

import pytest

from tests.weaviate_process import have_weaviate, running_weaviate


@pytest.fixture(scope="session")
def weaviate_url() -> Iterator[str]:
    """A Weaviate server's address, with collections that are the tests' own; where there is no server, a double's."""
    pytest.importorskip("weaviate", reason="people's files are opened in the services environment")
    if have_weaviate():
        with running_weaviate() as server, server.own_collections() as url:
            yield url
        return
    from tests.fakes.weaviate_server import running_double

    warnings.warn("no Weaviate: RAPPORT_WEAVIATE_URL is not set, none is on the PATH; a double stands in", stacklevel=1)
    with running_double() as url:
        yield url
