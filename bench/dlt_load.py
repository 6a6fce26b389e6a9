"""What dlt does with the same PIM, for `--with-dlt`: it only loads, into one table, in one cursor.

Run in an environment of its own (`bench.compared`), with the address of the first page and the
database as arguments; prints one JSON object. Tuned as far as its documentation goes: nothing of a
product is unfolded into other tables, rows travel in few large files, and PostgreSQL gets CSV.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

os.environ.update(
    {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "NORMALIZE__WORKERS": "1",
        "EXTRACT__DATA_WRITER__BUFFER_MAX_ITEMS": "5000",
        "NORMALIZE__DATA_WRITER__BUFFER_MAX_ITEMS": "5000",
        "DATA_WRITER__DISABLE_COMPRESSION": "true",
    }
)

import dlt
import requests


def pages(link: str) -> Iterator[list[dict[str, Any]]]:
    session = requests.Session()
    session.headers["Authorization"] = "Bearer bench-token"
    following: str | None = link
    while following:
        page = session.get(following, timeout=60).json()
        yield page["_embedded"]["items"]
        following = page["_links"].get("next", {}).get("href")


def credentials(database: str) -> dict[str, Any]:
    """What dlt wants of a database that is reached by a socket in a folder."""
    parts = urlsplit(database)
    return {
        "drivername": "postgresql",
        "username": parts.username,
        "password": "none",
        "host": "localhost",  # wants one; the query's wins
        "port": 5432,
        "database": parts.path.lstrip("/"),
        "query": {"host": parse_qs(parts.query)["host"][0]},
    }


def main() -> None:
    link, database, folder = sys.argv[1:]
    pipeline = dlt.pipeline(
        "products",
        destination=dlt.destinations.postgres(credentials(database), create_indexes=False),
        dataset_name="loaded",
        pipelines_dir=folder,
    )
    products = dlt.resource(
        pages(link),
        name="products",
        max_table_nesting=0,
        primary_key="uuid",
        write_disposition="append",
        columns={"values": {"data_type": "json"}, "associations": {"data_type": "json"}},
    )
    started = time.perf_counter()
    pipeline.run(products, loader_file_format="csv")
    seconds = time.perf_counter() - started
    sys.stdout.write(json.dumps({"seconds": seconds, "dlt": dlt.__version__}) + "\n")


if __name__ == "__main__":
    main()
