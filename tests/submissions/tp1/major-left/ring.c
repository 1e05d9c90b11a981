#include "ring.h"

void ring_put(struct ring *r, char c)
{
	if (r->count == RING_CAPACITY) {
		char lost;

		ring_get(r, &lost);
	}
	r->data[(r->head + r->count++) % RING_CAPACITY] = c;
}

bool ring_get(struct ring *r, char *c)
{
	if (!r->count)
		return false;
	*c = r->data[r->head];
	r->head = (r->head + 1) % RING_CAPACITY;
	r->count--;
	return true;
}
