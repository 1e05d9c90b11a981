#ifndef RING_H
#define RING_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

struct ring {
	struct mutex lock;
	wait_queue_head_t can_take;
	wait_queue_head_t can_put;
	unsigned char *slots;
	unsigned int size, count, in, out;
};

int ring_init(struct ring *r, unsigned int size);
void ring_free(struct ring *r);

/* Each sleeps until it can transfer at least one byte; returns how many it did, or -ERESTARTSYS. */
int ring_take(struct ring *r, unsigned char *bytes, unsigned int n);
int ring_put(struct ring *r, const unsigned char *bytes, unsigned int n);

int ring_resize(struct ring *r, unsigned int size);
unsigned int ring_size(struct ring *r);
unsigned int ring_count(struct ring *r);

#endif
