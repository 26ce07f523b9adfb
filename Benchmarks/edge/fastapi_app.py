"""The list of products as many would build it: FastAPI, the finished answer in Redis for a minute, PostgreSQL behind it.

`DATABASE_URL`, `REDIS_URL` and `KEY_PREFIX` say where; the tables are the catalogue's own.
"""

import contextlib
import json
import os

import asyncpg
import redis.asyncio as redis
from fastapi import FastAPI, Query, Response

LIFETIME = 60
LIST = """
SELECT p.id, p.title, p.brand, p.image_url, p.version, p.created_at, p.updated_at, c.path AS category
FROM catalog.product p LEFT JOIN catalog.category c ON c.id = p.category_id
WHERE p.is_active ORDER BY p.id DESC LIMIT $1
"""


@contextlib.asynccontextmanager
async def stores(app):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=8) as app.state.pool:
        app.state.redis = redis.from_url(os.environ["REDIS_URL"])
        yield
        await app.state.redis.aclose()


app = FastAPI(lifespan=stores)


@app.get("/v1/products")
async def products(limit: int = Query(20, ge=1, le=200)):
    key = f"{os.environ['KEY_PREFIX']}fastapi:products:{limit}"
    body = await app.state.redis.get(key)
    if body is None:
        rows = await app.state.pool.fetch(LIST, limit)
        body = json.dumps({"products": [dict(row) for row in rows]}, default=str, ensure_ascii=False).encode()
        await app.state.redis.set(key, body, ex=LIFETIME)
    return Response(body, media_type="application/json")
