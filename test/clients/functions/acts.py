"""Does as the event says, as test/worker/functions/index.mjs does in JavaScript."""
import os
import sys
import time


def act(event, _context):
    does, value = event.get("does"), event.get("value")
    if does == "throw":
        raise ValueError("out of range")
    if does == "unserializable":
        return {1, 2}
    if does == "sys-exit":
        sys.exit(value)
    if does == "os-exit":
        os._exit(value)
    if does == "wait":
        time.sleep(value / 1000)
    if does == "big":
        return "x" * value
    return {"did": does, "value": value}
