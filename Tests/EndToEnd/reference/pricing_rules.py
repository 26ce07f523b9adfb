"""A second implementation of docs/pricing-rules.md: short, slow, and written from that page alone.

It keeps no state between questions: each looks at the whole history again. Amounts are ints, ratios are Fractions.
"""

from dataclasses import dataclass, field
from fractions import Fraction

DAY = 86_400_000
RANK = {"in_stock": 0, "preorder": 1, "out_of_stock": 2, "unknown": 3}
INFINITE = float("inf")


@dataclass(frozen=True)
class Observation:
    at: int
    price: int | None
    list_price: int | None
    availability: str
    seller: str = ""


def observe(at, price, list_price=None, availability=None, seller=""):
    availability = availability or ("out_of_stock" if price is None else "in_stock")
    if availability == "in_stock" and price is None:
        availability = "unknown"
    return Observation(at, price, list_price, availability, seller)


def standing(observations):
    """One for each moment, in order of time."""

    def key(o):
        lowest = lambda amount: INFINITE if amount is None else amount
        return RANK[o.availability], lowest(o.price), lowest(o.list_price), o.seller.encode()

    best = {}
    for o in observations:
        if o.at not in best or key(o) < key(best[o.at]):
            best[o.at] = o
    return [best[at] for at in sorted(best)]


def confirmed(observations):
    """The observations that count, in order of time."""
    counting, current, held = [], None, None
    for o in standing(observations):
        if held is not None:
            if o.price is not None and abs(o.price - held.price) * 10 <= held.price:
                if o.at - held.at < 60_000:
                    continue
                counting += [held, o]
                current, held = o.price, None
                continue
            held = None
        if o.price is not None and current is not None and (o.price > 3 * current or 3 * o.price < current):
            held = o
            continue
        counting.append(o)
        current = current if o.price is None else o.price
    return counting


def points(observations):
    """Changes of price, list price or availability."""
    state = lambda o: (o.price, o.list_price, o.availability)
    kept = []
    for o in confirmed(observations):
        if not kept or state(kept[-1]) != state(o):
            kept.append(o)
    return kept


def half_even(value):
    return round(Fraction(value))


def intervals(history, start, end):
    """(point, from, to) for what was in effect within [start, end)."""
    for index, p in enumerate(history):
        until = history[index + 1].at if index + 1 < len(history) else INFINITE
        low, high = max(p.at, start), min(until, end)
        if low < high:
            yield p, low, high


def in_effect(history, start, end):
    """(price, from) in stock within [start, end)."""
    return [(p.price, low) for p, low, _ in intervals(history, start, end) if p.availability == "in_stock"]


def first_of(choose, prices):
    """The lowest or highest with the time when it was first in effect."""
    if not prices:
        return None
    price = choose(price for price, _ in prices)
    return price, min(at for other, at in prices if other == price)


def statistics(history, as_of):
    history = [p for p in history if p.at <= as_of]
    now = history[-1] if history else None
    price = now.price if now and now.availability == "in_stock" else None
    windows = []
    for days in (30, 90, 180, 365, 0):
        start = as_of - days * DAY if days else (history[0].at if history else as_of)
        parts = list(intervals(history, start, as_of))
        prices = in_effect(history, start, as_of)
        if price is not None and now.at == as_of:
            prices.append((price, as_of))
        weight = {"in_stock": 0, "out_of_stock": 0, "preorder": 0, "unknown": 0}
        total = 0
        for p, low, high in parts:
            weight[p.availability] += high - low
            if p.availability == "in_stock":
                total += p.price * (high - low)
        average = half_even(Fraction(total, weight["in_stock"])) if weight["in_stock"] else price
        out = weight["out_of_stock"] + weight["preorder"]
        known = out + weight["in_stock"]
        windows.append({
            "days": days, "average": average, "lowest": first_of(min, prices), "highest": first_of(max, prices),
            "out_of_stock": half_even(Fraction(out * 10_000, known)) if known else 0})
    return {"price": price, "windows": windows}


@dataclass
class Deal:
    opened_at: int
    updated_at: int
    price: int
    previous_price: int
    list_price: int | None
    evidence: dict
    real_discount: int
    claimed_discount: int | None
    verdict: str
    reason: str
    flags: set
    score: dict
    out_of_stock: bool = False
    closed_at: int | None = None
    close_reason: str | None = None


@dataclass
class Rules:
    window_days: int = 30
    minimum_discount: Fraction = field(default_factory=lambda: Fraction(10, 100))


def below(price, base):
    return 1 - Fraction(price, base)


def evidence(history, first, t0, rules):
    window = first_of(min, in_effect(history, t0 - rules.window_days * DAY, t0))
    if window is None:
        earlier = in_effect(history, -INFINITE, t0)
        last = earlier[-1][0]
        since = None
        for price, at in earlier:
            since = at if since is None or price != before else since
            before = price
        window = last, since
    ten = first_of(min, in_effect(history, t0 - 10 * DAY, t0))
    high = first_of(max, in_effect(history, t0 - 90 * DAY, t0))
    raises, base, before = [], None, None
    for p in history:
        if p.availability != "in_stock" or p.at >= t0:
            continue
        if before is not None and p.at >= t0 - 30 * DAY and p.price != before:
            base = (base or before) if p.price > before else None
            if base and p.price * 100 >= base * 105:
                raises.append(base)
        before = p.price
    return {
        "started_at": t0, "reference": window[0], "reference_at": window[1], "window_days": rules.window_days,
        "ten_days": ten and ten[0], "earlier_lowest": first_of(min, in_effect(history, -INFINITE, t0)),
        "before_raise": min(raises) if raises else None, "highest_90": high and high[0],
        "short": t0 - first < 30 * DAY}


def is_all_time_low(history, first, at, price):
    earlier = [other for other, _ in in_effect(history, -INFINITE, at)]
    return at - first >= 35 * DAY and bool(earlier) and price * 100 <= min(earlier) * 97


def judge(history, first, cut, before, returned, facts, opened_at):
    at, price = cut.at, cut.price
    real = below(price, facts["reference"])
    claimed = None if cut.list_price is None else below(price, cut.list_price)
    never_charged = cut.list_price is not None and (facts["highest_90"] or 0) < cut.list_price
    if facts["short"]:
        verdict, reason = "unknown", "short_history"
    elif claimed is not None and claimed - real > Fraction(1, 10) and never_charged:
        verdict, reason = "inflated", "claim_exceeds_truth"
    elif facts["before_raise"] and below(price, facts["before_raise"]) < Fraction(3, 100):
        verdict, reason = "inflated", "raised_before"
    else:
        verdict, reason = "genuine", "below_reference"
    flags = set()
    if at - first >= 35 * DAY and price * 100 <= facts["earlier_lowest"][0] * 97:
        flags.add("all_time_low")
    if at - first >= 90 * DAY and all(price <= other for other, _ in in_effect(history, at - 90 * DAY, at)):
        flags.add("lowest_90d")
    if returned:
        flags.add("back_in_stock")
    year = [other for other, _ in in_effect(history, at - 365 * DAY, at)] + [price]
    spread = max(year) - min(year)
    changes, last = 0, None
    for p in history:
        if p.availability != "in_stock" or p.at >= at:
            continue
        changes += last is not None and p.price != last and p.at >= at - 90 * DAY
        last = p.price
    basis_points = half_even(real * 10_000)
    parts = {
        "discount": min(50, max(0, basis_points // 100)),
        "position": 20 * (max(year) - price) // spread if spread else 0,
        "all_time_low": 15 if "all_time_low" in flags else 0,
        "verdict": {"genuine": 15, "unknown": 0, "inflated": -40}[verdict],
        "volatility": -min(15, max(0, changes - 3))}
    parts["total"] = min(100, max(0, sum(parts.values())))
    return Deal(
        opened_at, at, price, before, cut.list_price, facts, basis_points,
        None if claimed is None else half_even(claimed * 10_000), verdict, reason, flags, parts)


def deals(observations, as_of, rules=None, removed_at=None):
    """All deals of a listing as they are at a moment, in the order in which they opened."""
    rules = rules or Rules()
    end = as_of if removed_at is None else min(as_of, removed_at)
    history = [p for p in points(observations) if p.at <= end]
    if not history:
        return []
    first = min(o.at for o in observations)
    found, open_deal, t0_facts, before, out_since = [], None, None, None, None

    def close(at, reason):
        nonlocal open_deal
        if open_deal:
            open_deal.closed_at, open_deal.close_reason = at, reason
        open_deal = None

    def pass_time(now):
        nonlocal t0_facts
        out_known = out_since + 7 * DAY if out_since is not None else INFINITE
        if open_deal and open_deal.updated_at + 30 * DAY <= min(now, out_known):
            close(open_deal.updated_at + 30 * DAY, "expired")
        if now > out_known:
            close(out_since, "out_of_stock")
            t0_facts = None

    for p in history:
        pass_time(p.at)
        if p.availability != "in_stock":
            if before is not None and out_since is None:
                out_since = p.at
                if open_deal:
                    open_deal.out_of_stock = True
            continue
        returned = out_since is not None
        is_break = returned and p.at - out_since > 7 * DAY
        out_since = None
        low = is_all_time_low(history, first, p.at, p.price)
        if before is not None and (low if is_break else p.price < before):
            t0_facts = t0_facts or evidence(history, first, p.at, rules)
            if open_deal or low or below(p.price, t0_facts["reference"]) >= rules.minimum_discount:
                opened_at = open_deal.opened_at if open_deal else p.at
                if open_deal:
                    found.pop()
                open_deal = judge(history, first, p, before, returned, t0_facts, opened_at)
                found.append(open_deal)
        elif before is not None and not is_break and p.price > before:
            close(p.at, "price_rose")
            t0_facts = None
        elif returned and open_deal:
            open_deal.out_of_stock = False
            open_deal.flags.add("back_in_stock")
        before = p.price
    pass_time(end)
    if removed_at is not None and removed_at <= as_of:
        close(removed_at, "listing_removed")
    return found
