"""Items of the service's own schema, read through the cache."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, Field
from sqlalchemy import text

from servicekit.cache import Cache
from servicekit.database import Database
from servicekit.telemetry import operations
from servicekit.tokens import SignedIn

SCHEMA = "api"
_GET = text(f"SELECT id, title FROM {SCHEMA}.items WHERE id = :id")  # noqa: S608 -- a constant
_MAKE = text(f"INSERT INTO {SCHEMA}.items (title) VALUES (:title)")  # noqa: S608 -- a constant
SECONDS = 120  # that an item is answered by the cache


class Item(BaseModel):
    """As callers see it."""

    id: int
    title: str


class NewItem(BaseModel):
    """What one is made of."""

    title: Annotated[str, Field(min_length=1, max_length=200)]


class Items:
    """Looks one up, makes one."""

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database, self._cache = database, cache
        self.router = APIRouter()
        self.router.add_api_route("/v1/items/{id}", self.get, methods=["GET"])
        self.router.add_api_route("/v1/items", self.make, methods=["POST"], status_code=201)

    async def get(self, id: Annotated[int, Path(gt=0)], _: SignedIn) -> Item:  # noqa: A002 -- as the path has it
        """One item."""
        found = await self._cache.read(f"items:{id}", lambda: self.load(id), seconds=SECONDS)
        if found is None:
            raise HTTPException(404, "no such item")
        operations().add(1, {"operation": "items.get"})
        return Item.model_validate(found)

    async def make(self, new: NewItem, _: SignedIn) -> Item:
        """A new item, under the next number."""
        async with self._database.write() as connection:
            made: Any = await connection.execute(_MAKE, {"title": new.title})
        item = Item(id=made.lastrowid, title=new.title)
        await self._cache.invalidate(f"items:{item.id}")  # somebody may have looked for it before
        operations().add(1, {"operation": "items.make"})
        return item

    async def load(self, id: int) -> dict[str, Any] | None:  # noqa: A002 -- as the column is called
        """From the database's readers."""
        async with self._database.read() as connection:
            row = (await connection.execute(_GET, {"id": id})).mappings().first()
        return dict(row) if row else None
