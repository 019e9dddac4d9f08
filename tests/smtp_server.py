"""A real SMTP server for the tests: it keeps what it accepts as files.

It listens on a free loopback port and writes the port to PORT_FILE once it can be
reached. Each accepted message becomes one file in MAILDIR, in the order of arrival,
with its envelope in the headers X-Envelope-From and X-Envelope-To. The server ends
when its standard input closes, so none outlives the test that started it.
"""

import argparse
import asyncio
import logging
import os
import ssl
import sys
import threading
import warnings
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def write_whole(path, content):
    """Writes beside the file and renames, so that a reader never sees a part of it."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)


class Mailbox:
    """Answers the SMTP dialogue: refuses the named addresses, stores the rest."""

    def __init__(self, options):
        self.folder = Path(options.maildir)
        self.folder.mkdir(parents=True, exist_ok=True)
        # A server that takes over an older one's folder goes on counting.
        self.stored = max((int(file.stem) for file in self.folder.glob("*.eml")), default=0)
        self.refused = {address.lower() for address in options.refuse_rcpt}
        self.temporary = {address.lower() for address in options.temporary}
        self.data_rejected = {address.lower() for address in options.reject_data}

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.lower() in self.refused:
            return "550 5.1.1 No such mailbox here"
        if address.lower() in self.temporary:
            return "451 4.3.0 Mailbox not available now, try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        if any(address.lower() in self.data_rejected for address in envelope.rcpt_tos):
            return "554 5.6.0 Message content rejected"
        headers = (
            f"X-Envelope-From: {envelope.mail_from}\r\n"
            f"X-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        )
        self.stored += 1
        message = headers.encode() + envelope.original_content
        write_whole(self.folder / f"{self.stored:06}.eml", message)
        return "250 2.0.0 OK"


def sign_in(expected):
    """Makes the check of a client's name and password against USER:PASS."""
    user, _, password = expected.partition(":")
    right = LoginPassword(user.encode(), password.encode())

    def check(server, session, envelope, mechanism, given):
        # "handled=False" leaves the 535 of a wrong password to the library.
        return AuthResult(success=given == right, handled=False)

    return check


def certificate(options):
    """What encrypts connections: a file with the key and the certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate)
    return context


def protocol(options, mailbox):
    """The SMTP dialogue of one connection."""
    extra = {}
    if options.tls == "starttls":
        extra = {"tls_context": certificate(options), "require_starttls": True}
    if options.require_auth:
        # On loopback a password without TLS is fine.
        extra |= {
            "authenticator": sign_in(options.require_auth),
            "auth_required": True,
            "auth_require_tls": options.tls == "starttls",
        }
    return SMTP(mailbox, hostname="mail.test", enable_SMTPUTF8=True, **extra)


async def serve(options):
    loop = asyncio.get_running_loop()
    mailbox = Mailbox(options)
    wrapped = certificate(options) if options.tls == "wrapped" else None
    server = await loop.create_server(
        lambda: protocol(options, mailbox), "127.0.0.1", 0, ssl=wrapped
    )
    port = server.sockets[0].getsockname()[1]
    write_whole(Path(options.port_file), str(port).encode())

    closed = asyncio.Event()

    def wait_for_end_of_input():
        while sys.stdin.buffer.read(1024):
            pass
        loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=wait_for_end_of_input, daemon=True).start()
    await closed.wait()
    server.close()


def command_line():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port_file", metavar="PORT_FILE")
    parser.add_argument("maildir", metavar="MAILDIR")
    for option, meaning in [
        ("--refuse-rcpt", "answer 550 to RCPT for this address (repeatable)"),
        ("--temporary", "answer 451 to RCPT for this address (repeatable)"),
        ("--reject-data", "answer 554 to DATA for messages to this address (repeatable)"),
    ]:
        parser.add_argument(option, metavar="ADDRESS", action="append", default=[], help=meaning)
    parser.add_argument("--require-auth", metavar="USER:PASS", help="take mail only after sign-in")
    parser.add_argument("--tls", choices=["starttls", "wrapped"], help="take encrypted mail only")
    parser.add_argument("--certificate", metavar="FILE", help="key and certificate for --tls")
    return parser.parse_args()


if __name__ == "__main__":
    # aiosmtpd warns of passwords without TLS, and at each sign-in of a name it will drop; a client
    # that does not trust the certificate is an error to it.
    warnings.filterwarnings("ignore", message="Requiring AUTH", module="aiosmtpd")
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    asyncio.run(serve(command_line()))
