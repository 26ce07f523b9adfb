"""Chromium for tests and screenshots: Debian's, driven by Playwright."""

from __future__ import annotations

import contextlib
import os
import re
import shutil

from playwright.sync_api import sync_playwright

# Playwright's own browser is never fetched.
PROGRAM = shutil.which("chromium") or "/usr/bin/chromium"


@contextlib.contextmanager
def chromium():
    """A browser without a window."""
    # Its sandbox needs rights that root in a container has not.
    arguments = ["--disable-gpu", "--disable-dev-shm-usage"] + (["--no-sandbox"] if os.getuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


class Watch:
    """What a page does that it should not: asks other hosts, complains on the console, breaks the policy."""

    def __init__(self, page, base, pictures=(), refusals=False):
        """With `refusals` a page may come with a status that says that something is not in order."""
        self.base, self.pictures, self.refusals = base, tuple(pictures), refusals
        self.strangers, self.complaints = [], []
        page.on("request", self._asked)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, request):
        url = request.url
        if url.startswith((self.base + "/", "data:")) or (
                request.resource_type == "image" and url.startswith(self.pictures)):
            return
        self.strangers.append(url)

    def _said(self, message):
        if self.refusals and re.match(r"Failed to load resource: .* status of 4\d\d", message.text):
            return
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def assert_clean(self):
        assert not self.strangers, self.strangers
        assert not self.complaints, self.complaints
