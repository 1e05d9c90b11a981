#ifndef CHANNEL_H
#define CHANNEL_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#define CHANNEL_MAX 4096

/*
 * A channel between processes. All functions may be called from any process; channel_abort() from
 * an interrupt handler as well, so the lock is only ever held with interrupts off.
 */
struct channel {
	spinlock_t lock;
	wait_queue_head_t readers;
	wait_queue_head_t writers;
	unsigned int aborts;
	unsigned int capacity;
	unsigned int head;
	unsigned int count;
	unsigned char bytes[CHANNEL_MAX];
};

void channel_init(struct channel *c, unsigned int capacity);

/* Block until one byte at least was moved, or channel_abort(). Return how many were, or -ERESTARTSYS. */
ssize_t channel_get(struct channel *c, unsigned char *to, size_t most);
ssize_t channel_put(struct channel *c, const unsigned char *from, size_t most);

/* Every process that is blocked now returns with nothing moved. */
void channel_abort(struct channel *c);

/* -EINVAL, or -EBUSY if more is stored. */
int channel_resize(struct channel *c, unsigned int capacity);

#endif
