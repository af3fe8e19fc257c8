"""Asks a model and streams its answer into one message: python3 push.py "What is tea?"

Python 3.9 or newer, without packages. `stream_reply` takes any iterable of strings, so the stream of OpenAI's SDK
goes in as (part.choices[0].delta.content or "" for part in stream if part.choices).
"""

import json
import os
import queue
import random
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

RETRY_FOR_SECONDS = 120
MAX_CHUNK_CHARS = 8_192  # the service keeps at most 64 KiB waiting
MAX_WAITING_PIECES = 1_000  # beyond that, the model is made to wait


class ReplyRefused(Exception):
    """The service will not take this; the message says why."""


def stream_reply(url, token, conversation, pieces, reply_id=None):
    """Pushes text as it comes and returns the reply's receipt. One request is under way at a time; text that comes
    meanwhile goes with the next. Where `pieces` fails, the reply is cancelled, which closes its message."""
    base = f"{url.rstrip('/')}/{reply_id or uuid.uuid4()}"
    texts = _read_ahead(pieces)
    seq, receipt = 0, None
    try:
        while True:
            text, finish = next(texts)
            chunk = {"seq": seq, "text": text, "finish": finish, **(conversation if seq == 0 else {})}
            receipt = _post(f"{base}/chunks", token, chunk)
            # "interrupted": the user pressed Stop.
            if finish or receipt["status"] != "open":
                return receipt
            seq += 1
    except ReplyRefused:
        raise
    except BaseException:
        if receipt is not None:
            _post(f"{base}/cancel", token)
        raise


def _read_ahead(pieces):
    """Yields (text, is_last), each time all that has come since; raises what `pieces` raises, behind its text."""
    waiting, end = queue.Queue(MAX_WAITING_PIECES), object()
    failure = []

    def read():
        try:
            for piece in pieces:
                waiting.put(piece)
        except BaseException as error:  # told to the one who pushes
            failure.append(error)
        waiting.put(end)

    threading.Thread(target=read, daemon=True).start()
    text, ended = "", False
    while True:
        while not ended and (text == "" or not waiting.empty()) and len(text) < MAX_CHUNK_CHARS:
            piece = waiting.get()
            ended = piece is end
            text += "" if ended else piece
        chunk, text = text[:MAX_CHUNK_CHARS], text[MAX_CHUNK_CHARS:]
        is_last = ended and text == ""
        if chunk == "" and failure:
            raise failure[0]
        yield chunk, is_last and not failure


def _post(url, token, body=None):
    """The same request again until it is answered: its `seq` keeps it from counting twice."""
    give_up_at, pause = time.monotonic() + RETRY_FOR_SECONDS, 0.25
    data = b"" if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    while True:
        wait, why = 0.0, ""
        request = urllib.request.Request(url, data, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=35) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            why = error.read().decode(errors="replace")
            from_tencent = error.code == 502 and '"status":502' in why
            if from_tencent or error.code not in (408, 429, 500, 502, 503, 504):
                raise ReplyRefused(f"{error.code}: {why}") from None
            after = error.headers.get("retry-after") or "0"
            wait = float(after) if after.isdigit() else 0.0
        except (OSError, ValueError) as error:
            why = str(error)
        wait = max(wait, pause * random.uniform(0.5, 1))
        if time.monotonic() + wait > give_up_at:
            raise ReplyRefused(f"no answer from {url}: {why}")
        time.sleep(wait)
        pause = min(pause * 2, 8)


def completion(question):
    """What a server that speaks OpenAI's chat completions answers, piece by piece."""
    base = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
    body = {
        "model": os.environ.get("OPENAI_MODEL", ""),
        "stream": True,
        "messages": [{"role": "user", "content": question}],
    }
    headers = {
        "authorization": f"Bearer {os.environ.get('OPENAI_API_KEY', '')}",
        "content-type": "application/json",
    }
    request = urllib.request.Request(f"{base}/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        for line in response:
            data = line.decode().strip().removeprefix("data:").strip()
            if not line.startswith(b"data:") or data == "[DONE]":
                continue
            for choice in json.loads(data).get("choices", []):
                yield choice.get("delta", {}).get("content") or ""


if __name__ == "__main__":
    question, to, bot = (sys.argv[1:] + ["What is tea?", "alice", "@RBT#bot"][len(sys.argv) - 1 :])[:3]
    receipt = stream_reply(
        os.environ["REPLIES_URL"],
        os.environ["REPLIES_API_TOKEN"],
        {"from": bot, "to": to},
        completion(question),
    )
    print(f"{receipt['status']} as {', '.join(receipt['msgKeys'])} after {receipt['calls']} calls")
