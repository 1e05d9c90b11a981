from tests.webapp.support.fixtures import redis_server, school, shared_school
from tests.webapp.support.workers import desk, own_redis, start_worker

__all__ = ["desk", "own_redis", "redis_server", "school", "shared_school", "start_worker"]
