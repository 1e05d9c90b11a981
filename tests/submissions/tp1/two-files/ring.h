#ifndef RING_H
#define RING_H

#include <linux/types.h>

#define RING_CAPACITY 16

struct ring {
	char data[RING_CAPACITY];
	size_t head;
	size_t count;
};

void ring_put(struct ring *r, char c);
bool ring_get(struct ring *r, char *c);

#endif
