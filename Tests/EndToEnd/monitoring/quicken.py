"""A test's copy of the rules: the same conditions over seconds instead of minutes and hours."""

import pathlib
import re

RULES = pathlib.Path(__file__).resolve().parents[3] / "monitoring" / "prometheus" / "rules"
# Long enough for some scrapes a second apart.
WINDOW, LONG_WINDOW = "10s", "20s"
SHORT = {"2m", "5m", "10m"}
# What is compared with seconds or numbers that a test does not have.
AGES = {
    "notifier_deliveries_oldest_seconds) > 120": "notifier_deliveries_oldest_seconds) > 5",
    "edge_analytics_waiting > 5000": "edge_analytics_waiting > 50",
    "event_consumer_lag_seconds > 60": "event_consumer_lag_seconds > 40",
}


def quick(text):
    """The text of a rule file with its times shortened."""
    text = re.sub(r"\[(\d+[mhd])\]", lambda found: f"[{WINDOW if found[1] in SHORT else LONG_WINDOW}]", text)
    return re.sub(r"^(\s+)for: \w+$", r"\1for: 2s", text, flags=re.M)


def write(folder):
    """Writes the copy into a folder; fails when a comparison that it should change is no longer there."""
    folder.mkdir()
    texts = {path.name: quick(path.read_text()) for path in RULES.glob("*.yml")}
    for old, new in AGES.items():
        assert sum(text.count(old) for text in texts.values()) == 1, f"the rules no longer say: {old}"
        texts = {name: text.replace(old, new) for name, text in texts.items()}
    for name, text in texts.items():
        (folder / name).write_text(text)
