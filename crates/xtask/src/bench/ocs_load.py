"""Sends inventories as OCS Inventory's agent does: a prolog, then the document, each agent over its own connection.

usage: ocs_load.py URL DOCUMENT FIRST COUNT CONNECTIONS [CA USER PASSWORD]
DOCUMENT is a real inventory; every agent's copy has its own identifiers and some software versions of its own.
Prints one line of JSON: answered, failed, seconds, document's and compressed bytes.
"""

import base64
import hashlib
import http.client
import json
import queue
import re
import ssl
import sys
import threading
import time
import urllib.parse
import zlib

url, document = sys.argv[1:3]
first, count, connections = map(int, sys.argv[3:6])
ca, user, password = sys.argv[6:9] if len(sys.argv) > 6 else (None, None, None)
text = open(document, encoding="utf-8", errors="replace").read()
# The agent's own account of what changed: everything.
text = re.sub(r"<CHECKSUM>\d+</CHECKSUM>", "<CHECKSUM>262143</CHECKSUM>", text)
target = urllib.parse.urlsplit(url)
headers = {"Content-Type": "application/x-compress", "User-Agent": "OCS-NG_unified_unix_agent_v2.10.0"}
if user:
    headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def of_agent(number):
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    name = f"bench-{number:06d}"
    device = f"{name}-2026-01-01-00-00-00"
    uuid = "-".join(digest[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
    copy = re.sub(r"(<DEVICEID>)[^<]*", rf"\g<1>{device}", text)
    copy = re.sub(r"(<HARDWARE>.*?<NAME>)[^<]*", rf"\g<1>{name}", copy, count=1, flags=re.S)
    copy = re.sub(r"(<UUID>)[^<]*", rf"\g<1>{uuid}", copy)
    copy = re.sub(r"(<SSN>)[^<]*", rf"\g<1>{digest[32:44].upper()}", copy)
    address = [0]

    def mac(match):
        address[0] += 1
        return f"{match[1]}02:{address[0]:02x}:" + ":".join(digest[a : a + 2] for a in (44, 46, 48, 50))

    copy = re.sub(r"(<MACADDR>)[^<]*", mac, copy)
    version = [0]

    def some_versions(match):
        version[0] += 1
        own = f"+b{number % 7}" if (version[0] + number) % 20 == 0 else ""
        return match[0] + own

    copy = re.sub(r"<SOFTWARES>(?:(?!</SOFTWARES>).)*?<VERSION>[^<]*", some_versions, copy, flags=re.S)
    prolog = f'<?xml version="1.0" encoding="UTF-8"?>\n<REQUEST><DEVICEID>{device}</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>'
    return prolog.encode(), copy.encode()


def connect():
    if target.scheme == "https":
        context = ssl.create_default_context(cafile=ca)
        return http.client.HTTPSConnection(target.hostname, target.port, timeout=120, context=context)
    return http.client.HTTPConnection(target.hostname, target.port, timeout=120)


work = queue.Queue()
raw = packed = 0
for number in range(first, first + count):
    prolog, inventory = of_agent(number)
    body = zlib.compress(inventory)
    raw, packed = raw + len(inventory), packed + len(body)
    work.put((zlib.compress(prolog), body))
answered, failed = [], []


def deliver():
    while True:
        try:
            bodies = work.get_nowait()
        except queue.Empty:
            return
        try:
            connection = connect()
            for body in bodies:
                connection.request("POST", target.path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
                if answer.status // 100 != 2:
                    raise RuntimeError(f"{answer.status} {content[:200]!r}")
            answered.append(1)
            connection.close()
        except Exception as error:
            failed.append(str(error)[:300])


start = time.monotonic()
threads = [threading.Thread(target=deliver) for _ in range(connections)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
seconds = time.monotonic() - start
print(json.dumps({"answered": len(answered), "failed": failed[:3], "seconds": seconds, "raw": raw // count, "packed": packed // count}))
