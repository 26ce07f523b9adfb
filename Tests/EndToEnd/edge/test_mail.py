"""A mailbox as a channel: from its registration at the gateway to the alert that lies in it."""

import re

import pytest

from meshes import eventually

pytestmark = pytest.mark.timeout(120)

ADDRESS = "ayse@mailbox.test"


def test_a_mailbox_is_verified_and_told_of_a_price_though_its_server_said_to_come_back(edge, mailbox):
    refused = edge.as_person("POST", "/v1/channels", {"kind": "CHANNEL_KIND_EMAIL", "address": "a@b.test\r\nBcc: x@y.z"})
    assert refused.status == 400 and refused.json["field"] == "address", refused.body
    mailbox.answers.append("451 4.7.1 greylisted")
    made = edge.as_person("POST", "/v1/channels", {"kind": "CHANNEL_KIND_EMAIL", "address": ADDRESS})
    assert made.status == 201, made.body
    channel = made.json["channel"]["id"]
    code = eventually("the code arrives", lambda: next(
        (re.search(r": ([0-9A-Z]{8}) ", mailbox.text(mail))[1] for mail in mailbox.to(ADDRESS)), None))
    assert edge.as_person("POST", f"/v1/channels/{channel}/verify", {"code": code}).json["verified"] is True

    product = edge.product("sku30")
    alert = edge.as_person("POST", "/v1/alerts", {
        "productId": product, "targetPrice": {"price": {"amount": "100.00", "currency": "TRY"}}, "channelIds": [channel]})
    assert alert.status == 201, alert.body
    edge.push({"sku30": "99.50"})
    mail = eventually("the alert arrives", lambda: next(iter(mailbox.to(ADDRESS)[1:]), None))
    assert mail["subject"] == "Hedef fiyata indi (100,00 TL): Kulaklık 30 Bluetooth"
    assert mail["from"] == "Radar <radar@radar.test>" and mail["auto-submitted"] == "auto-generated"
    assert "99,50 TL" in mailbox.text(mail) and "99,50 TL" in mail.get_body(("html",)).get_content()
    assert mail["message-id"] and mail["date"] and mail["list-unsubscribe"].startswith("<mailto:radar@radar.test?")
    edge.as_person("DELETE", f"/v1/channels/{channel}")
