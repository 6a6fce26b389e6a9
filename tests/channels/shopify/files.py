"""The stand-in's files: staged, made, and looked at for a while before they can be shown."""

import hashlib

from tests.channels.shopify.state import FILE_KINDS, Node, Shop, connection, error, resolves

BROKEN = b"not a picture"  # content that Shopify's processing fails on


@resolves("Mutation", "stagedUploadsCreate")
def _stage(shop: Shop, _: Node, args: Node) -> Node:
    targets = []
    for wanted in args["input"]:
        number = len(shop.staged) + 1
        folder = "bulk" if wanted["resource"] == "BULK_MUTATION_VARIABLES" else "files"
        key = f"tmp/1/{folder}/{number}/{wanted['filename']}"
        shop.staged[key] = {**wanted, "content": None}
        targets.append(
            {
                "url": f"{shop.url}/upload/{number}",
                "resourceUrl": f"{shop.url}/{key}",
                "parameters": [
                    {"name": "Content-Type", "value": wanted["mimeType"]},
                    {"name": "key", "value": key},
                    {"name": "x-goog-signature", "value": f"signed-{number}"},
                ],
            }
        )
    return {"stagedTargets": targets, "userErrors": []}


def receive(shop: Shop, form: dict[str, str], name: str, content: bytes) -> int:
    """An upload to a staged target; the HTTP status."""
    staged = shop.staged.get(form.get("key", ""))
    if staged is None or not form.get("x-goog-signature", "").startswith("signed-"):
        return 403
    staged["content"] = content
    shop.uploads.append((name, content))
    return 201


@resolves("Mutation", "fileCreate")
def _create(shop: Shop, _: Node, args: Node) -> Node:
    made = []
    for index, wanted in enumerate(args["files"]):
        source = wanted["originalSource"]
        staged = shop.staged.get(source.removeprefix(f"{shop.url}/"))
        if source.startswith(shop.url) and (staged is None or staged["content"] is None):
            wrong = error(["files", index], "Nothing was uploaded there", "INVALID")
            return {"files": [], "userErrors": [wrong]}
        name = wanted.get("filename") or source.rsplit("/", 1)[-1]
        taken = [one for one in shop.files if one["name"] == name]
        if taken and wanted.get("duplicateResolutionMode") == "RAISE_ERROR":
            wrong = error(["files", index], "Filename exists", "FILENAME_ALREADY_EXISTS")
            return {"files": [], "userErrors": [wrong]}
        content = staged["content"] if staged else source.encode()
        file = shop.add(
            FILE_KINDS[wanted["contentType"]],
            alt=wanted.get("alt"),
            name=name,
            content=content,
            digest=hashlib.sha256(content).hexdigest(),
            fileStatus="UPLOADED",
            fileErrors=[],
            until=shop.clock.now() + shop.file_seconds,
        )
        made.append(file)
    return {"files": made, "userErrors": []}


def work_on_files(shop: Shop) -> None:
    for file in shop.files:
        if file["fileStatus"] == "UPLOADED" and shop.clock.now() >= file["until"]:
            broken = file["content"].startswith(BROKEN)
            file["fileStatus"] = "FAILED" if broken else "READY"
            if broken:
                file["fileErrors"] = [{"message": "The file is not a picture."}]


@resolves("QueryRoot", "files")
def _search(shop: Shop, _: Node, args: Node) -> Node:
    stems = [
        term.strip().removeprefix("filename:").rstrip("*") for term in args["query"].split(" OR ")
    ]
    found = [one for one in shop.files if any(one["name"].startswith(stem) for stem in stems)]
    return connection(found, args)


@resolves("MediaImage", "image")
def _image(shop: Shop, file: Node, args: Node) -> Node | None:
    is_ready = file["fileStatus"] == "READY"
    return {"url": f"https://cdn.shopify.com/files/{file['name']}?v=1"} if is_ready else None


@resolves("Video", "filename")
def _filename(shop: Shop, file: Node, args: Node) -> str:
    return str(file["name"])


@resolves("GenericFile", "url")
def _url(shop: Shop, file: Node, args: Node) -> str:
    return f"https://cdn.shopify.com/files/{file['name']}"


@resolves("Mutation", "fileDelete")
def _delete(shop: Shop, _: Node, args: Node) -> Node:
    for id_ in args["fileIds"]:
        shop.nodes.pop(id_, None)
        for product in shop.products:
            product["media"] = [one for one in product["media"] if one != id_]
    return {"deletedFileIds": args["fileIds"], "userErrors": []}
