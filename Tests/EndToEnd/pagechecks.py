"""What any page is measured by, whoever it is for."""

import html5lib
from axe_playwright_python.sync_playwright import Axe


def assert_accessible(page):
    """Opens what can be opened, and has axe look at it."""
    for summary in page.locator("summary").all():
        summary.click()
    found = Axe().run(page).response["violations"]
    assert not found, page.url + "\n" + "\n".join(
        f"{each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes'][:3]]}" for each in found)


def assert_valid(text):
    """HTML without a mistake, whose labels lead to fields, and in which nothing runs or is styled but from files."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), ids
    for label in tree.iter("label"):
        assert label.get("for") in ids, label.attrib
    for element in tree.iter():
        for reference in (element.get("aria-describedby") or element.get("aria-labelledby") or "").split():
            assert reference in ids, element.attrib
    assert not [element.tag for element in tree.iter() if "style" in element.attrib or any(
        name.startswith("on") for name in element.attrib)]
    scripts = [element.attrib for element in tree.iter("script")]
    assert all(script.get("src") or script.get("type") == "application/ld+json" for script in scripts), scripts
