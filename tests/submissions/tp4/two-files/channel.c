#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>

#include "channel.h"

void channel_init(struct channel *c, unsigned int capacity)
{
	spin_lock_init(&c->lock);
	init_waitqueue_head(&c->readers);
	init_waitqueue_head(&c->writers);
	c->aborts = 0;
	c->capacity = capacity;
	c->head = 0;
	c->count = 0;
}

ssize_t channel_get(struct channel *c, unsigned char *to, size_t most)
{
	unsigned int aborts;
	size_t n = 0;
	int err;

	spin_lock_irq(&c->lock);
	aborts = c->aborts;
	err = wait_event_interruptible_lock_irq(c->readers, c->count || c->aborts != aborts,
						c->lock);
	if (!err && c->aborts != aborts)
		err = -ECANCELED;
	if (!err) {
		for (; n < most && c->count; n++) {
			to[n] = c->bytes[c->head];
			c->head = (c->head + 1) % CHANNEL_MAX;
			c->count--;
		}
		wake_up(&c->writers);
	}
	spin_unlock_irq(&c->lock);
	return err ? err : n;
}

ssize_t channel_put(struct channel *c, const unsigned char *from, size_t most)
{
	unsigned int aborts;
	size_t n = 0;
	int err;

	spin_lock_irq(&c->lock);
	aborts = c->aborts;
	err = wait_event_interruptible_lock_irq(
		c->writers, c->count < c->capacity || c->aborts != aborts, c->lock);
	if (!err && c->aborts != aborts)
		err = -ECANCELED;
	if (!err) {
		for (; n < most && c->count < c->capacity; n++)
			c->bytes[(c->head + c->count++) % CHANNEL_MAX] = from[n];
		wake_up(&c->readers);
	}
	spin_unlock_irq(&c->lock);
	return err ? err : n;
}

void channel_abort(struct channel *c)
{
	unsigned long flags;

	spin_lock_irqsave(&c->lock, flags);
	c->aborts++;
	wake_up_all(&c->readers);
	wake_up_all(&c->writers);
	spin_unlock_irqrestore(&c->lock, flags);
}

int channel_resize(struct channel *c, unsigned int capacity)
{
	int err = 0;

	if (!capacity || capacity > CHANNEL_MAX)
		return -EINVAL;
	spin_lock_irq(&c->lock);
	if (capacity < c->count)
		err = -EBUSY;
	else
		c->capacity = capacity;
	wake_up(&c->writers);
	spin_unlock_irq(&c->lock);
	return err;
}
