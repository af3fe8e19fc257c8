"""Answers a bot's turns, and goes on with an answer where a connection broke.

    pip install -r requirements.txt
    REPLIES_WEBHOOK_SECRET=whsec_… python3 server.py

The deployment needs REPLY_SOURCE=http, REPLY_SOURCE_URL with this server's address, and the same secret. Python 3.10 or newer.
Answers live in this process's memory: with several processes, keep them in Redis or a database instead.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

KEYS = [
    base64.b64decode(secret.strip().removeprefix("whsec_"))
    for secret in os.environ["REPLIES_WEBHOOK_SECRET"].split(",")
]
KEPT_SECONDS = 600

app = FastAPI()
answers: dict[str, "Answer"] = {}


async def model(turn: dict) -> AsyncIterator[str]:
    """Put your model here."""
    for word in f"You asked: {turn['text']}".split(" "):
        yield word + " "
        await asyncio.sleep(0.02)


class Answer:
    """What has been said so far. It goes on whether anybody listens or not."""

    def __init__(self, name: str, turn: dict):
        self.pieces: list[str] = []
        self.ended = self.failed = False
        self.changed = asyncio.Condition()
        self.task = asyncio.create_task(self.speak(name, turn))

    async def speak(self, name: str, turn: dict) -> None:
        try:
            async for piece in model(turn):
                await self.note(piece)
        except Exception:
            self.failed = True
            raise
        finally:
            self.ended = True
            await self.note()
            asyncio.get_running_loop().call_later(KEPT_SECONDS, answers.pop, name, None)

    async def note(self, *pieces: str) -> None:
        async with self.changed:
            self.pieces.extend(pieces)
            self.changed.notify_all()

    async def events(self, at: int) -> AsyncIterator[str]:
        """Server-sent events behind the first `at` pieces; the id of each is how many have been said with it."""
        while True:
            async with self.changed:
                await self.changed.wait_for(lambda: self.ended or at < len(self.pieces))
            for piece in self.pieces[at:]:
                at += 1
                yield f"id: {at}\ndata: {json.dumps(piece)}\n\n"
            if self.ended and at >= len(self.pieces):
                break
        yield "event: error\ndata: the model failed\n\n" if self.failed else "data: [DONE]\n\n"


def is_signed(headers, body: bytes) -> bool:
    """Whether the request is a Standard Webhook of the last five minutes: https://www.standardwebhooks.com"""
    name, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not seconds.isdecimal() or abs(time.time() - int(seconds)) > 300:
        return False
    signed = f"{name}.{seconds}.".encode() + body
    due = [b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)) for key in KEYS]
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(one, other) for one in given for other in due)


@app.post("/")
async def turn(request: Request) -> Response:
    body = await request.body()
    if not is_signed(request.headers, body):
        return Response(status_code=401)
    name, last = request.headers["webhook-id"], request.headers.get("last-event-id")
    if name not in answers and last is not None:
        return Response(status_code=410)  # nobody here knows how it goes on
    if last is not None and not last.isdecimal():
        return Response(status_code=400)
    if name not in answers:
        answers[name] = Answer(name, json.loads(body))
    events = answers[name].events(int(last or 0))
    return StreamingResponse(events, media_type="text/event-stream")


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ.get("PORT", "8080")))
