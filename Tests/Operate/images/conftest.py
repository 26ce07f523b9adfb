"""What the tests of images share: one engine, and the images that must be there."""

import engine as engines
import pytest


@pytest.fixture(scope="session", name="engine")
def engine_fixture():
    """podman, with the images of all programs."""
    engine = engines.Engine()
    try:
        missing = [name for name in engines.NAMES if not engine.has(engines.image_of(name))]
        assert not missing, f"no images of {', '.join(missing)} in {engines.STORE}; run: make images"
        yield engine
    finally:
        engine.close()
