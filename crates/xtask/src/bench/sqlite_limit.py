"""How many rows of 4 KB a second SQLite takes when 1,000 are committed at once, durably.

usage: sqlite_limit.py FILE SECONDS
"""

import os
import sqlite3
import sys
import time

path, seconds = sys.argv[1], float(sys.argv[2])
connection = sqlite3.connect(path, isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA synchronous = FULL")
connection.execute("CREATE TABLE row (k INTEGER PRIMARY KEY, body BLOB NOT NULL)")
bodies = [os.urandom(4096) for _ in range(1000)]
start, rows = time.perf_counter(), 0
while time.perf_counter() - start < seconds:
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO row VALUES (?, ?)", ((rows + at, body) for at, body in enumerate(bodies)))
    connection.execute("COMMIT")
    rows += 1000
print(rows / (time.perf_counter() - start))
