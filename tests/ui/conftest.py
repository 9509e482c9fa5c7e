import pytest
from gradio_client import Client

from tests.ui.serving import served


@pytest.fixture(scope="session")
def url(services):
    with served(services) as address:
        yield address


@pytest.fixture(scope="session")
def connect(url, tmp_path_factory):
    """Makes clients, each a user of its own."""
    downloads = str(tmp_path_factory.mktemp("downloads"))
    return lambda: Client(url, verbose=False, download_files=downloads)


@pytest.fixture(scope="session")
def client(connect):
    connected = connect()
    yield connected
    connected.close()
