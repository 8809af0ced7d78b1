"""The floor of the sending: Twilio's own library, as many threads, and nothing that is remembered.

No database, no pace, no reasons, no look at what is unknown: who stops it in the middle does not
know what has left.

python send_loop.py BASE_URL MESSAGES.json THREADS ACCOUNT TOKEN SENDER
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

TIMEOUT = 15


def main(base_url: str, file: str, threads: int, account: str, token: str, sender: str) -> None:
    lines = threading.local()

    def client() -> Client:
        """One a thread, as the library asks for, with its connection kept open."""
        if not hasattr(lines, "client"):
            http = TwilioHttpClient(timeout=TIMEOUT, pool_connections=True)
            lines.client = Client(account, token, http_client=http)
            lines.client.api.base_url = base_url
        return lines.client

    def send(message: list[str]) -> str:
        to, body = message
        made = client().messages.create(to=to, from_=sender, body=body, validity_period=36_000)
        return made.sid

    messages = json.loads(Path(file).read_text("utf-8"))
    with ThreadPoolExecutor(threads) as pool:
        print(json.dumps({"accepted": sum(map(bool, pool.map(send, messages)))}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
