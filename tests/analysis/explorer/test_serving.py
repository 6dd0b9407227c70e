"""Where the explorer listens."""

import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.explorer.serving import listening


def test_a_free_port_is_taken():
    with listening("127.0.0.1", 0) as first:
        assert first.getsockname()[1] > 0


def test_a_taken_port_is_told():
    with (
        listening("127.0.0.1", 0) as first,
        pytest.raises(DataError, match=r"port \d+ of 127.0.0.1 is taken") as told,
    ):
        listening("127.0.0.1", first.getsockname()[1])
    assert "--port 0" in told.value.hint


def test_an_address_of_another_machine_is_told():
    with pytest.raises(DataError, match=r"nothing can be served on port 0 of 192\.0\.2\.1") as told:
        listening("192.0.2.1", 0)
    assert told.value.where == "--host"
