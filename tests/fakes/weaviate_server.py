"""A double of a Weaviate server, for where there is none: the real client talks to it over REST and gRPC.

It knows what Rapport's store asks for, and no more: collections with tenants, objects, filters, nearest vectors, BM25,
sorting, pages, sums. It confesses: all is in memory and exact; no replication, no Raft, no files, so nothing can be
learnt from it about what a server leaves on its disk, about its limits, or its speed. One lock makes an insert where
there is an object already fail in one step, which a real server does not promise.
"""

from __future__ import annotations

import json
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import grpc
import numpy as np
from google.protobuf.json_format import MessageToDict
from weaviate.proto.v1 import (
    aggregate_pb2,
    base_pb2,
    batch_delete_pb2,
    batch_pb2,
    properties_pb2,
    search_get_pb2,
    tenants_pb2,
    weaviate_pb2_grpc,
)

VERSION = "1.39.0"

K1, B = 1.2, 0.75
"""Of BM25, as Weaviate's defaults are."""

_ACTIVE, _INACTIVE = tenants_pb2.TENANT_ACTIVITY_STATUS_ACTIVE, tenants_pb2.TENANT_ACTIVITY_STATUS_INACTIVE
_OPERATORS = base_pb2.Filters
_COMPARED: dict[int, Callable[[Any, Any], bool]] = {
    _OPERATORS.OPERATOR_EQUAL: lambda one, other: one == other,
    _OPERATORS.OPERATOR_NOT_EQUAL: lambda one, other: one != other,
    _OPERATORS.OPERATOR_GREATER_THAN: lambda one, other: one > other,
    _OPERATORS.OPERATOR_GREATER_THAN_EQUAL: lambda one, other: one >= other,
    _OPERATORS.OPERATOR_LESS_THAN: lambda one, other: one < other,
    _OPERATORS.OPERATOR_LESS_THAN_EQUAL: lambda one, other: one <= other,
    _OPERATORS.OPERATOR_CONTAINS_ANY: lambda one, others: bool(
        set(one if isinstance(one, list) else [one]) & set(others)
    ),
}


@dataclass
class _Object:
    properties: dict[str, Any]
    vector: np.ndarray | None = None


@dataclass
class _Tenant:
    active: bool = True
    objects: dict[UUID, _Object] = field(default_factory=dict)


class _NotThere(Exception):
    """No such collection or tenant."""


class _State:
    """All collections: their tenants, by name."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.collections: dict[str, dict[str, _Tenant]] = {}

    def tenant(self, collection: str, name: str, *, wake: bool = True) -> _Tenant:
        try:
            tenant = self.collections[collection][name]
        except KeyError:
            raise _NotThere(f'tenant not found: "{name}"') from None
        tenant.active = tenant.active or wake
        return tenant


@contextmanager
def running_double() -> Iterator[str]:
    """A double on free ports of the loopback interface, for as long as the context lasts; its address."""
    state = _State()
    handler = type("_Bound", (_Rest,), {"state": state})
    rest = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=rest.serve_forever, daemon=True).start()
    rpc = grpc.server(ThreadPoolExecutor(8))
    weaviate_pb2_grpc.add_WeaviateServicer_to_server(_Rpc(state), rpc)
    port = rpc.add_insecure_port("127.0.0.1:0")
    rpc.start()
    try:
        yield f"weaviate://127.0.0.1:{rest.server_address[1]}?grpc={port}"
    finally:
        rpc.stop(None).wait()
        rest.shutdown()
        rest.server_close()


class _Rest(BaseHTTPRequestHandler):
    """The schema, tenants, and objects one by one."""

    state: _State
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: the second would wait 40 ms for the first to be acknowledged

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(self._body())

    do_PUT = do_DELETE = do_POST  # noqa: N815
    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")

    def _answer(self, body: Any) -> None:
        with self.state.lock:
            try:
                status, answer = self._answered(self.path.removeprefix("/v1/").split("?")[0].split("/"), body)
            except _NotThere as error:
                status, answer = 422, {"error": [{"message": str(error)}]}
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def _answered(self, path: list[str], body: Any) -> tuple[int, Any]:
        collections = self.state.collections
        match (self.command, *path):
            case ("GET", "meta"):
                return 200, {"version": VERSION, "hostname": "", "modules": {}}
            case ("POST", "schema"):
                if body["class"] in collections:
                    return 422, {"error": [{"message": f"class name {body['class']} already exists"}]}
                collections[body["class"]] = {}
                return 200, body
            case ("GET", "schema", name):
                return (200, {"class": name}) if name in collections else (404, None)
            case (_, "schema", name, "tenants", *rest):
                return self._tenants(collections[name], rest, body)
            case ("POST", "objects"):
                tenant, uuid = self.state.tenant(body["class"], body["tenant"]), UUID(body["id"])
                if uuid in tenant.objects:
                    return 422, {"error": [{"message": f"id '{uuid}' already exists"}]}
                tenant.objects[uuid] = _Object(body["properties"])
                return 200, body
        return 501, {"error": [{"message": "the double does not know this"}]}

    def _tenants(self, tenants: dict[str, _Tenant], rest: list[str], body: Any) -> tuple[int, Any]:
        if self.command == "POST":
            for each in body:
                tenants.setdefault(each["name"], _Tenant())
        elif self.command == "PUT":
            for each in body:
                tenants[each["name"]].active = each["activityStatus"] in ("HOT", "ACTIVE")
        elif self.command == "DELETE":
            for name in body:
                tenants.pop(name, None)
        elif rest[0] not in tenants:
            return 404, None
        else:
            return 200, {"name": rest[0], "activityStatus": "ACTIVE" if tenants[rest[0]].active else "INACTIVE"}
        return 200, body


class _Rpc(weaviate_pb2_grpc.WeaviateServicer):
    """Searches, batches, sums and the list of tenants."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def Search(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        with self._found(request, context) as tenant:
            scores: dict[UUID, float] = {}
            distances: dict[UUID, float] = {}
            found = [uuid for uuid, each in tenant.objects.items() if _passes(request.filters, uuid, each)]
            if request.HasField("near_vector"):
                sought = _vector(request.near_vector)
                for uuid in found:
                    if (vector := tenant.objects[uuid].vector) is not None:
                        cosine = vector @ sought / np.linalg.norm(vector) / np.linalg.norm(sought)
                        distances[uuid] = 1 - float(cosine)
                found = sorted(distances, key=distances.__getitem__)
            elif request.HasField("bm25_search"):
                scores = _bm25(tenant.objects, request.bm25_search)
                found = sorted((uuid for uuid in found if uuid in scores), key=lambda uuid: -scores[uuid])
            else:
                found.sort()
                for sort in reversed(request.sort_by):
                    found.sort(
                        key=lambda uuid: (
                            uuid if sort.path[0] == "_id" else tenant.objects[uuid].properties[sort.path[0]]
                        ),
                        reverse=not sort.ascending,
                    )
            if request.after:
                found = [uuid for uuid in found if uuid > UUID(request.after)]
            page = found[request.offset : request.offset + (request.limit or 10)]
            return search_get_pb2.SearchReply(
                results=[_result(request, uuid, tenant.objects[uuid], scores, distances) for uuid in page]
            )

    def BatchObjects(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        errors = []
        with self._state.lock:
            for index, each in enumerate(request.objects):
                try:
                    objects = self._state.tenant(each.collection, each.tenant).objects
                except _NotThere as error:
                    errors.append(batch_pb2.BatchObjectsReply.BatchError(index=index, error=str(error)))
                    continue
                objects[UUID(each.uuid)] = _Object(_properties(each.properties), _vector(each))
        return batch_pb2.BatchObjectsReply(errors=errors)

    def BatchDelete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        with self._found(request, context, wake=False) as tenant:
            objects = tenant.objects if tenant.active else {}
            chosen = [uuid for uuid, each in objects.items() if _passes(request.filters, uuid, each)]
            for uuid in chosen:
                del tenant.objects[uuid]
            return batch_delete_pb2.BatchDeleteReply(matches=len(chosen), successful=len(chosen))

    def Aggregate(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        with self._found(request, context) as tenant:
            counted = aggregate_pb2.AggregateReply.Aggregations
            sums = [
                counted.Aggregation(
                    property=each.property,
                    int=counted.Aggregation.Integer(
                        sum=int(sum(one.properties[each.property] for one in tenant.objects.values()))
                    ),
                )
                for each in request.aggregations
            ]
            single = aggregate_pb2.AggregateReply.Single(
                objects_count=len(tenant.objects), aggregations=counted(aggregations=sums)
            )
            return aggregate_pb2.AggregateReply(single_result=single)

    def TenantsGet(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        with self._state.lock:
            tenants = self._state.collections[request.collection]
            names = list(request.names.values) if request.HasField("names") else list(tenants)
            return tenants_pb2.TenantsGetReply(
                tenants=[
                    tenants_pb2.Tenant(name=name, activity_status=_ACTIVE if tenants[name].active else _INACTIVE)
                    for name in names
                    if name in tenants
                ]
            )

    @contextmanager
    def _found(self, request: Any, context: grpc.ServicerContext, *, wake: bool = True) -> Iterator[_Tenant]:
        with self._state.lock:
            try:
                tenant = self._state.tenant(request.collection, request.tenant, wake=wake)
            except _NotThere as error:
                context.abort(grpc.StatusCode.UNKNOWN, str(error))
            yield tenant


def _passes(condition: Any, uuid: UUID, each: _Object) -> bool:
    if condition.operator == _OPERATORS.OPERATOR_AND:
        return all(_passes(one, uuid, each) for one in condition.filters)
    if condition.operator == _OPERATORS.OPERATOR_OR:
        return any(_passes(one, uuid, each) for one in condition.filters)
    if condition.operator == _OPERATORS.OPERATOR_UNSPECIFIED:
        return True
    name = condition.target.property
    kind = condition.WhichOneof("test_value")
    asked = getattr(condition, kind)
    asked = list(asked.values) if kind.endswith("_array") else asked
    return _COMPARED[condition.operator](str(uuid) if name == "_id" else each.properties[name], asked)


def _bm25(objects: dict[UUID, _Object], asked: Any) -> dict[UUID, float]:
    """Okapi BM25 of each object that has one of the words, over properties such as `words^2`, added up."""
    scores: dict[UUID, float] = {}
    for searched in asked.properties:
        name, _, boost = searched.partition("^")
        counts = {uuid: Counter(str(each.properties[name]).split()) for uuid, each in objects.items()}
        mean = sum(count.total() for count in counts.values()) / max(1, len(counts))
        for word in asked.query.split():
            having = [uuid for uuid, count in counts.items() if word in count]
            rarity = math.log(1 + (len(counts) - len(having) + 0.5) / (len(having) + 0.5))
            for uuid in having:
                often, length = counts[uuid][word], counts[uuid].total()
                score = rarity * often * (K1 + 1) / (often + K1 * (1 - B + B * length / mean))
                scores[uuid] = scores.get(uuid, 0.0) + float(boost or 1) * score
    return scores


def _vector(message: Any) -> np.ndarray | None:
    packed = message.vector_bytes or (message.vectors[0].vector_bytes if message.vectors else b"")
    return np.frombuffer(packed, dtype="<f4").astype(np.float64) if packed else None


def _properties(message: Any) -> dict[str, Any]:
    found = dict(MessageToDict(message.non_ref_properties))
    found.update({each.prop_name: list(each.values) for each in message.text_array_properties})
    found.update({name: [] for name in message.empty_list_props})
    return found


def _result(request: Any, uuid: UUID, each: _Object, scores: dict[UUID, float], distances: dict[UUID, float]) -> Any:
    wanted = request.properties
    whole = wanted.return_all_nonref_properties or not request.HasField("properties")
    names = each.properties if whole else wanted.non_ref_properties
    metadata = search_get_pb2.MetadataResult(
        id=str(uuid),
        id_as_bytes=uuid.bytes,
        score=scores.get(uuid, 0.0),
        score_present=uuid in scores,
        distance=distances.get(uuid, 0.0),
        distance_present=uuid in distances,
        creation_time_unix_present=True,  # nobody here asks when, but the client asserts that it is told
        last_update_time_unix_present=True,
    )
    if each.vector is not None and (request.metadata.vector or request.metadata.vectors):
        metadata.vector_bytes = each.vector.astype("<f4").tobytes()
    fields = {name: _value(each.properties[name]) for name in names if name in each.properties}
    return search_get_pb2.SearchResult(
        metadata=metadata,
        properties=search_get_pb2.PropertiesResult(non_ref_props=properties_pb2.Properties(fields=fields)),
    )


def _value(value: Any) -> Any:
    if isinstance(value, bool):
        return properties_pb2.Value(bool_value=value)
    if isinstance(value, float | int):
        return properties_pb2.Value(int_value=int(value))
    if isinstance(value, list):
        texts = properties_pb2.TextValues(values=value)
        return properties_pb2.Value(list_value=properties_pb2.ListValue(text_values=texts))
    return properties_pb2.Value(text_value=value)
