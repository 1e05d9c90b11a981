// SPDX-License-Identifier: GPL-2.0
#include "ring.h"

#include <linux/errno.h>
#include <linux/slab.h>

int ring_init(struct ring *r, unsigned int size)
{
	mutex_init(&r->lock);
	init_waitqueue_head(&r->can_take);
	init_waitqueue_head(&r->can_put);
	r->size = size;
	r->count = r->in = r->out = 0;
	r->slots = kmalloc(size, GFP_KERNEL);
	return r->slots ? 0 : -ENOMEM;
}

void ring_free(struct ring *r)
{
	kfree(r->slots);
}

unsigned int ring_size(struct ring *r)
{
	unsigned int size;

	mutex_lock(&r->lock);
	size = r->size;
	mutex_unlock(&r->lock);
	return size;
}

unsigned int ring_count(struct ring *r)
{
	unsigned int count;

	mutex_lock(&r->lock);
	count = r->count;
	mutex_unlock(&r->lock);
	return count;
}

static unsigned int next(struct ring *r, unsigned int i)
{
	return i + 1 == r->size ? 0 : i + 1;
}

int ring_take(struct ring *r, unsigned char *bytes, unsigned int n)
{
	unsigned int i;

	mutex_lock(&r->lock);
	while (r->count == 0) {
		int err;

		mutex_unlock(&r->lock);
		err = wait_event_interruptible(r->can_take, READ_ONCE(r->count) != 0);
		if (err)
			return err;
		mutex_lock(&r->lock);
	}
	for (i = 0; i < n && r->count; i++, r->count--) {
		bytes[i] = r->slots[r->out];
		r->out = next(r, r->out);
	}
	mutex_unlock(&r->lock);
	wake_up_interruptible(&r->can_put);
	return i;
}

int ring_put(struct ring *r, const unsigned char *bytes, unsigned int n)
{
	unsigned int i;

	mutex_lock(&r->lock);
	while (r->count == r->size) {
		int err;

		mutex_unlock(&r->lock);
		err = wait_event_interruptible(r->can_put, READ_ONCE(r->count) != READ_ONCE(r->size));
		if (err)
			return err;
		mutex_lock(&r->lock);
	}
	for (i = 0; i < n && r->count < r->size; i++, r->count++) {
		r->slots[r->in] = bytes[i];
		r->in = next(r, r->in);
	}
	mutex_unlock(&r->lock);
	wake_up_interruptible(&r->can_take);
	return i;
}

int ring_resize(struct ring *r, unsigned int size)
{
	unsigned char *slots = kmalloc(size, GFP_KERNEL);
	unsigned int i;

	if (!slots)
		return -ENOMEM;
	mutex_lock(&r->lock);
	if (size < r->count) {
		mutex_unlock(&r->lock);
		kfree(slots);
		return -EBUSY;
	}
	for (i = 0; i < r->count; i++) {
		slots[i] = r->slots[r->out];
		r->out = next(r, r->out);
	}
	swap(slots, r->slots);
	r->size = size;
	r->out = 0;
	r->in = r->count == size ? 0 : r->count;
	mutex_unlock(&r->lock);
	wake_up_interruptible(&r->can_put);
	kfree(slots);
	return 0;
}
