"""What workers load: no login opens it, only a worker's token does."""

from tests.webapp.access.table import Row

ROWS = {
    "fleet-images": Row((401, 401, 401, 401, 401)),
    "fleet-part": Row(
        (401, 401, 401, 401, 401), lambda school, submission: ["kernel-0123456789abcdef"]
    ),
}
