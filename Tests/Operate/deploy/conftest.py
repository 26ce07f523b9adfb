"""What the tests of manifests share."""

import pytest
from overlays import OVERLAYS


@pytest.fixture(params=OVERLAYS)
def overlay(request):
    """Each overlay in turn."""
    return request.param
