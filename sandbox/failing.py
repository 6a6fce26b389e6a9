"""What a fault does to a request and to its answer."""

import re
import time

from flask import Request, Response, jsonify

from sandbox.faults import Fault
from sandbox.rest.gate import bearer_token
from sandbox.state import Pim

_CATALOG = re.compile(r"/catalogs/(?P<id>[0-9a-f-]{36})(/|$)")
_PAGE = """<html>
<head><title>{title}</title></head>
<body><center><h1>{title}</h1></center><hr><center>nginx</center></body>
</html>
"""


def before(pim: Pim, fault: Fault, request: Request) -> Response | None:
    """Strike before the request is handled; a response is the whole answer."""
    match fault.kind:
        case "429":
            answer = jsonify(
                code=429, message="You have exceeded the limit of API requests per second."
            )
            answer.status_code = 429
            answer.headers["Retry-After"] = str(fault.retry_after)
            return answer
        case "429-bare":
            return Response(status=429, mimetype="text/plain")
        case "500":
            answer = jsonify(code=500, message="Internal Server Error")
            answer.status_code = 500
            return answer
        case "html":
            return Response(_PAGE.format(title="502 Bad Gateway"), 502, mimetype="text/html")
        case "403-oversized":
            return Response(_PAGE.format(title="403 Forbidden"), 403, mimetype="text/html")
        case "error-200":
            return jsonify(error="No products to synchronize. The catalog has been disabled.")
        case "413":
            answer = jsonify(code=413, message="Request Entity Too Large")
            answer.status_code = 413
            return answer
        case "slow":
            time.sleep(fault.seconds)
        case "disable":
            _disable(pim, request)
        case "disconnect":
            _disconnect(pim)
    return None


def after(pim: Pim, fault: Fault, request: Request, response: Response) -> Response:
    """Spoil the answer of a request that was handled."""
    match fault.kind:
        case "cut":
            body = response.get_data()
            response.set_data(body[: len(body) // 2])
            response.headers["Content-Length"] = str(len(body))
        case "early-end":
            page = response.get_json(silent=True)
            if isinstance(page, dict) and "next" in page.get("_links", {}):
                del page["_links"]["next"]
                response.set_data(jsonify(page).get_data())
        case "disable-after-page":
            _disable(pim, request)
        case "late":
            time.sleep(fault.seconds)
        case "500-after":
            answer = jsonify(code=500, message="Internal Server Error")
            answer.status_code = 500
            return answer
    return response


def _disable(pim: Pim, request: Request) -> None:
    match = _CATALOG.search(request.path)
    with pim.lock:
        catalog = pim.catalogs.get(match["id"]) if match else None
        if catalog is not None:
            catalog.enabled = False


def _disconnect(pim: Pim) -> None:
    with pim.lock:
        app = pim.app_for_token(bearer_token())
        if app is not None:
            pim.disconnect(app.client_id)
