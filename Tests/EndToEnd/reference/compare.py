"""Reads histories with what the service made of them, works all of it out anew, and tells where they differ.

Lines: L window | O time price list availability | Q as_of, then the service's answers: P price,
W days average lowest highest out_of_stock, D a deal.
"""

import sys

from pricing_rules import Rules, deals, points, observe, statistics


def text(value):
    return "-" if value is None else str(value)


def extreme(value):
    return "-" if value is None else f"{value[0]}@{value[1]}"


def deal_line(d):
    e, s = d.evidence, d.score
    return "D " + " ".join([
        str(d.opened_at), str(d.updated_at), str(d.price), str(d.previous_price), text(d.list_price),
        str(e["started_at"]), f'{e["reference"]}@{e["reference_at"]}', text(e["ten_days"]),
        extreme(e["earlier_lowest"]), text(e["before_raise"]), str(d.real_discount), text(d.claimed_discount),
        d.verdict, d.reason, ",".join(sorted(d.flags)) or "-",
        "/".join(str(s[k]) for k in ("discount", "position", "all_time_low", "verdict", "volatility", "total")),
        text(d.closed_at), text(d.close_reason)])


def answers(observations, window, as_of):
    figures = statistics(points(observations), as_of)
    yield "P " + text(figures["price"])
    for w in figures["windows"]:
        yield (f'W {w["days"]} {text(w["average"])} {extreme(w["lowest"])} {extreme(w["highest"])} '
               f'{w["out_of_stock"]}')
    known = [o for o in observations if o.at <= as_of]
    for d in deals(known, as_of, Rules(window_days=window)):
        yield deal_line(d)


def main(path):
    differences, questions = 0, 0
    window, observations, as_of, given = 30, [], None, []

    def close():
        nonlocal differences, questions
        if as_of is None:
            return
        questions += 1
        expected = list(answers(observations, window, as_of))
        if expected != given:
            differences += 1
            if differences <= 3:
                print(f"as of {as_of}, window {window}:")
                for line in sorted(set(given) - set(expected)):
                    print("  service  ", line)
                for line in sorted(set(expected) - set(given)):
                    print("  reference", line)

    with open(path, encoding="utf-8") as lines:
        for line in lines:
            kind, rest = line[0], line[2:].split()
            if kind in "LQ":
                close()
                as_of, given = None, []
            if kind == "L":
                window, observations = int(rest[0]), []
            elif kind == "O":
                number = lambda field: None if field == "-" else int(field)
                observations.append(observe(int(rest[0]), number(rest[1]), number(rest[2]), rest[3]))
            elif kind == "Q":
                as_of = int(rest[0])
            else:
                given.append(line.rstrip("\n"))
    close()
    print(f"{questions} questions, {differences} differences" if differences else f"{questions} questions agree")
    return 1 if differences or not questions else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
