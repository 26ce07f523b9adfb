"""One mesh without a market for all that is looked at from outside."""

import pytest

import meshes


@pytest.fixture(scope="package")
def mesh():
    with meshes.running() as mesh:
        yield mesh
