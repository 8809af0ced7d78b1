"""The floor of the sending: Twilio's own library, as many threads, and nothing that is remembered.

It reads whom to write to and formats the text. No pace, no reasons, no look at what is unknown: who
stops it in the middle does not know what has left.

python send_loop.py BASE_URL DATABASE WORDS THREADS ACCOUNT TOKEN SENDER
"""

import json
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

TIMEOUT = 15
WAITING = """
    SELECT c.phone, c.name, substr(p.policy_no, -4) FROM message m
    JOIN touchpoint t ON t.id = m.touchpoint_id
    JOIN policy p ON p.id = t.policy_id JOIN client c ON c.id = t.client_id
    WHERE m.state = 'queued'
"""


def main(base_url: str, database: str, words: str, threads: int, *sender_of: str) -> None:
    account, token, sender = sender_of
    lines = threading.local()

    def client() -> Client:
        """One a thread, as the library asks for, with its connection kept open."""
        if not hasattr(lines, "client"):
            http = TwilioHttpClient(timeout=TIMEOUT, pool_connections=True)
            lines.client = Client(account, token, http_client=http)
            lines.client.api.base_url = base_url
        return lines.client

    def send(message: tuple[str, str, str]) -> str:
        to, name, tail = message
        body = words.format(client_name=name, policy_tail=tail)
        made = client().messages.create(to=to, from_=sender, body=body, validity_period=36_000)
        return made.sid

    messages = sqlite3.connect(database).execute(WAITING).fetchall()
    with ThreadPoolExecutor(threads) as pool:
        print(json.dumps({"accepted": sum(map(bool, pool.map(send, messages)))}))


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]), *sys.argv[5:])
