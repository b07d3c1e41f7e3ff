"""A function that counts the words of a text, in plain Python 3. A short text is answered at once, a long one with 202 and reports.

    FUNCTION_SECRET=change-me-change-me PORT=5002 python3 compute-service/examples/count_words.py
"""
import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["FUNCTION_SECRET"].encode()
# What works in the background, by "<job id>.<attempt>".
at_work = {}


class Function(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.read_signed()
        if body is None:
            return
        # `jobId`, also the Idempotency-Key, is the same in each attempt: remember it where doing the work twice would do harm.
        run = json.loads(body)
        text = run["input"]["text"]
        if len(text) <= 1000:
            return self.answer(200, {"words": len(text.split())})
        message_id = self.headers["webhook-id"]
        stop = at_work[message_id] = threading.Event()
        self.answer(202, {})
        threading.Thread(target=work, args=(message_id, run["callbackUrl"], text, stop), daemon=True).start()

    def do_DELETE(self):
        # Nobody wants this attempt any more.
        if self.read_signed() is not None:
            stop = at_work.get(self.headers["webhook-id"])
            if stop:
                stop.set()
            self.answer(200, {})

    def read_signed(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        timestamp = self.headers.get("webhook-timestamp", "")
        expected = sign(self.headers.get("webhook-id", ""), body, timestamp)["webhook-signature"]
        is_fresh = timestamp.isdigit() and abs(time.time() - int(timestamp)) < 300
        if is_fresh and hmac.compare_digest(expected.encode(), self.headers.get("webhook-signature", "").encode()):
            return body
        self.answer(401, {"message": "Bad signature"})
        return None

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


def work(message_id, callback_url, text, stop):
    try:
        words = 0
        lines = text.split("\n")
        for index, line in enumerate(lines):
            if index % 100 == 0:
                progress = {"status": "running", "progress": index / len(lines), "message": f"Line {index + 1}"}
                # 409: the job has been cancelled, or another attempt runs.
                if stop.is_set() or report(message_id, callback_url, progress) == 409:
                    return
            words += len(line.split())
        report(message_id, callback_url, {"status": "succeeded", "output": {"words": words}})
    except Exception as error:
        print(error, file=sys.stderr)
        report(message_id, callback_url, {"status": "failed", "message": "Counting failed", "isRetryable": True})
    finally:
        at_work.pop(message_id, None)


def report(message_id, callback_url, message):
    """Sends a report, again while it does not arrive, and gives the status of the answer: the same report twice does no harm."""
    body = json.dumps(message).encode()
    for tries in range(1, 6):
        headers = {"content-type": "application/json", **sign(message_id, body)}
        request = urllib.request.Request(callback_url, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status
        except urllib.error.HTTPError as error:
            if error.code < 500 or tries == 5:
                return error.code
        except urllib.error.URLError:
            if tries == 5:
                raise
        time.sleep(0.2 * 2**tries)


def sign(message_id, body, timestamp=None):
    """Signatures are those of Standard Webhooks: HMAC-SHA256 over id, seconds and body."""
    timestamp = timestamp or str(int(time.time()))
    digest = hmac.new(SECRET, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "5002"))), Function)
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()
