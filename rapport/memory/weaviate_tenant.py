"""One person's tenant in one collection: its objects as they are kept, sealed, and every request there is for them.

What is in the objects is the unit's to know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter, MetadataQuery, Metrics, Sort
from weaviate.collections.classes.filters import _Filters
from weaviate.exceptions import UnexpectedStatusCodeError

from rapport.errors import StoreUnavailable
from rapport.memory.values import Vector
from rapport.memory.weaviate_server import Objects, asking, refused_as_there, wake_tenant

PAGE = 200
"""Objects a request: about 0.6 MB."""

MOST = 10_000
"""The most that Weaviate answers at once, by its default QUERY_MAXIMUM_RESULTS."""

SEALED = ("body", "key")


@dataclass(frozen=True)
class Sealed:
    """An object as it is kept.

    Attributes:
        uuid: Its id.
        properties: What the server keeps of it, or those of them that were asked for.
        vector: Rotated; None where it has none, or none was asked for.
        score: BM25, where words were asked for.
        similarity: Cosine to a vector that was asked for.
    """

    uuid: UUID
    properties: Mapping[str, Any]
    vector: Vector | None = None
    score: float = 0.0
    similarity: float | None = None


class Tenant:
    """A person's objects in a collection.

    Args:
        objects: Gives the collection.
        person: Whose objects.
    """

    def __init__(self, objects: Callable[[], Objects], person: str) -> None:
        self._all_people = objects
        self._person = person

    @property
    def _objects(self) -> Objects:
        return self._all_people().with_tenant(self._person)

    def one(self, uuid: UUID) -> Sealed | None:
        """The object with this id."""
        with asking():
            found = self._objects.query.fetch_object_by_id(uuid)
        return None if found is None else Sealed(found.uuid, found.properties)

    def some(self, uuids: Sequence[UUID], *properties: str, vectors: bool = False) -> list[Sealed]:
        """The objects with these ids that are there, in no order; with all properties where none is named."""
        found = []
        for start in range(0, len(uuids), PAGE):
            with asking():
                answer = self._objects.query.fetch_objects_by_ids(
                    uuids[start : start + PAGE],
                    limit=PAGE,
                    include_vector=vectors,
                    return_properties=list(properties) or None,
                )
            found += [_sealed(each) for each in answer.objects]
        return found

    def every(self, *properties: str, vectors: bool = False) -> Iterator[Sealed]:
        """All objects, a few at a time."""
        last: UUID | None = None
        while True:
            with asking():
                page = self._objects.query.fetch_objects(
                    after=last, limit=PAGE, include_vector=vectors, return_properties=list(properties)
                ).objects
            yield from map(_sealed, page)
            if len(page) < PAGE:
                return
            last = page[-1].uuid

    def those(
        self,
        condition: _Filters,
        *properties: str,
        limit: int,
        offset: int = 0,
        newest_by: str | None = None,
        vectors: bool = False,
    ) -> list[Sealed]:
        """Objects that meet a condition, the highest of a property first, then the highest id."""
        with asking():
            answer = self._objects.query.fetch_objects(
                filters=condition,
                limit=limit,
                offset=offset,
                sort=Sort.by_property(newest_by, ascending=False).by_id(ascending=False) if newest_by else None,
                include_vector=vectors,
                return_properties=list(properties),
            )
        return [_sealed(each) for each in answer.objects]

    def near(self, vector: Vector, condition: _Filters, limit: int) -> list[Sealed]:
        """Those with the nearest vectors, and how near."""
        with asking():
            answer = self._objects.query.near_vector(
                vector.tolist(),
                filters=condition,
                limit=limit,
                return_metadata=MetadataQuery(distance=True),
                return_properties=list(SEALED),
            )
        return [_sealed(each) for each in answer.objects]

    def worded(self, words: Sequence[str], condition: _Filters, limit: int, *, among: Sequence[str]) -> list[Sealed]:
        """Those with the best BM25 of any of these words, among properties such as `words^2`."""
        if not words:
            return []
        with asking():
            answer = self._objects.query.bm25(
                " ".join(words),
                query_properties=list(among),
                filters=condition,
                limit=limit,
                include_vector=True,
                return_metadata=MetadataQuery(score=True),
                return_properties=list(SEALED),
            )
        return [_sealed(each) for each in answer.objects]

    def total(self, number: str) -> tuple[int, int]:
        """How many objects there are, and the sum of one of their properties."""
        with asking():
            answer = self._objects.aggregate.over_all(
                total_count=True, return_metrics=Metrics(number).integer(sum_=True)
            )
        summed: Any = answer.properties.get(number)
        return answer.total_count or 0, int(summed.sum_ or 0) if summed else 0

    def put(self, objects: Sequence[Sealed]) -> None:
        """Keep objects in place of those with their ids. Where one is refused, what this call did is undone; a server
        that dies between may keep a part."""
        former = self.some([each.uuid for each in objects], vectors=True) if len(objects) > 1 else []
        try:
            self.send(objects)
        except StoreUnavailable:
            if len(objects) > 1:
                self.send(former)
                self.remove({each.uuid for each in objects} - {each.uuid for each in former})
            raise

    def send(self, objects: Sequence[Sealed]) -> None:
        """Keep objects in place of those with their ids, those before one that is refused included."""
        for start in range(0, len(objects), PAGE):
            self._send_page(objects[start : start + PAGE])

    def _send_page(self, page: Sequence[Sealed]) -> None:
        with asking():
            answer = self._objects.data.insert_many(
                [
                    DataObject(
                        properties=dict(each.properties),
                        uuid=each.uuid,
                        vector=None if each.vector is None else each.vector.tolist(),
                    )
                    for each in page
                ]
            )
        if answer.has_errors:
            raise StoreUnavailable("the Weaviate server refused an object; look at its log and try again")

    def add(self, uuid: UUID, properties: Mapping[str, Any]) -> bool:
        """Keep an object if there is none with this id; says whether there was none."""
        with asking():
            try:
                self._objects.data.insert(dict(properties), uuid=uuid)
            except UnexpectedStatusCodeError as error:
                if refused_as_there(error):
                    return False
                raise
        return True

    def remove(self, uuids: Collection[UUID]) -> int:
        """Delete objects, and see that they are gone; says how many there were."""
        removed, chosen_ids = 0, list(uuids)
        if chosen_ids:
            wake_tenant(self._all_people(), self._person)
        for start in range(0, len(chosen_ids), PAGE):
            chosen = Filter.by_id().contains_any(chosen_ids[start : start + PAGE])
            with asking():
                removed += self._objects.data.delete_many(where=chosen).successful
                left = self._objects.query.fetch_objects(filters=chosen, limit=1, return_properties=[]).objects
            if left:
                raise StoreUnavailable("the Weaviate server still has what was deleted; look at its log and try again")
        return removed


def _sealed(each: Any) -> Sealed:
    vector = each.vector.get("default") if each.vector else None
    distance = each.metadata.distance if each.metadata else None
    return Sealed(
        each.uuid,
        each.properties,
        None if vector is None else np.asarray(vector, dtype=np.float32),
        float(each.metadata.score or 0.0) if each.metadata else 0.0,
        None if distance is None else 1 - float(distance),
    )
