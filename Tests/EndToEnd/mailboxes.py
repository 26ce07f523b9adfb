"""A mail server for tests: takes what it is sent, and refuses or delays recipients on demand."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading


class Mailboxes:
    """Speaks SMTP on 127.0.0.1, as far as a client in clear text needs it."""

    def __init__(self):
        self.mails: list[tuple[str, email.message.EmailMessage]] = []
        # Answers to the next recipients, such as "451 4.7.1 come back later".
        self.answers: list[str] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def to(self, address: str) -> list[email.message.EmailMessage]:
        """What came for one address, oldest first."""
        return [mail for recipient, mail in list(self.mails) if recipient == address]

    @staticmethod
    def text(mail: email.message.EmailMessage) -> str:
        return mail.get_body(("plain",)).get_content()

    async def _listen(self):
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        def say(text):
            writer.write(f"{text}\r\n".encode())

        recipient = ""
        say("220 mailboxes ESMTP")
        while line := (await reader.readline()).decode():
            verb = line[:4].upper()
            if verb == "EHLO":
                say("250-mailboxes\r\n250 8BITMIME")
            elif verb == "RCPT":
                recipient = line[line.index("<") + 1:line.index(">")]
                say(self.answers.pop(0) if self.answers else "250 ok")
            elif verb == "DATA":
                say("354 go on")
                await writer.drain()
                content = await reader.readuntil(b"\r\n.\r\n")
                text = content[:-3].replace(b"\r\n..", b"\r\n.")
                self.mails.append((recipient, email.message_from_bytes(text, policy=email.policy.SMTP)))
                say("250 taken")
            else:
                say("221 bye" if verb == "QUIT" else "250 ok")
            await writer.drain()
        writer.close()
