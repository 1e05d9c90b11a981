/* Many writes or reads in one call: a round trip for each would keep a stress from being one. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "actor.h"

/* errno goes along with a part that was transferred: it says why there is not more. */
static void ended(struct outcome *outcome, size_t done, ssize_t last)
{
	outcome->error = last < 0 ? errno : 0;
	outcome->ret = done == 0 && last < 0 ? -1 : (int64_t)done;
}

/* In pieces of count bytes; what a write left of its piece is written before the next. */
void write_stream(const struct call *call, struct outcome *outcome)
{
	size_t done = 0, size = call->data.length, piece = (size_t)call->count;
	ssize_t wrote = 0;

	while (done < size) {
		size_t left = piece - done % piece;

		if (left > size - done)
			left = size - done;
		wrote = write(which(call->fd), call->data.bytes + done, left);
		if (wrote <= 0)
			break;
		if ((size_t)wrote > left) {
			errno = EOVERFLOW;
			wrote = -1;
			break;
		}
		done += (size_t)wrote;
	}
	ended(outcome, done, wrote);
}

/* Until the byte to stop at came, the next read might not fit, or a read gave nothing. */
void read_stream(const struct call *call, struct outcome *outcome)
{
	size_t done = 0, count = (size_t)call->count;
	ssize_t got = 0;

	while (done + count <= call->cap) {
		got = read(which(call->fd), outcome->data + done, count);
		if (got <= 0)
			break;
		if ((size_t)got > count) {
			errno = EOVERFLOW;
			got = -1;
			break;
		}
		done += (size_t)got;
		if (memchr(outcome->data + done - (size_t)got, call->where, (size_t)got) != NULL)
			break;
	}
	ended(outcome, done, got);
	outcome->length = (uint32_t)done;
}
