from tests.webapp.support.fixtures import redis_server, school, shared_school

__all__ = ["redis_server", "school", "shared_school"]
