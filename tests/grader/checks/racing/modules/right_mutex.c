/* A mutex around everything, copies of several bytes at once, a structure on the heap.
 *
 * shows: looks
 */
#include <linux/mutex.h>
#include "channel.h"

struct channel {
	struct mutex lock;
	wait_queue_head_t readable, writable;
	int head, count;
	char *ring;
};

static struct channel *channel;

static int count_now(void)
{
	int now;

	mutex_lock(&channel->lock);
	now = channel->count;
	mutex_unlock(&channel->lock);
	return now;
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t done = 0;

	while (done < length) {
		int place, part;

		if (mutex_lock_interruptible(&channel->lock))
			return done ? done : -ERESTARTSYS;
		while (channel->count == SIZE) {
			mutex_unlock(&channel->lock);
			if (wait_event_interruptible(channel->writable, channel->count < SIZE))
				return done ? done : -ERESTARTSYS;
			if (mutex_lock_interruptible(&channel->lock))
				return done ? done : -ERESTARTSYS;
		}
		place = (channel->head + channel->count) % SIZE;
		part = min_t(int, length - done, min(SIZE - place, SIZE - channel->count));
		if (copy_from_user(channel->ring + place, from + done, part)) {
			mutex_unlock(&channel->lock);
			return done ? done : -EFAULT;
		}
		channel->count += part;
		done += part;
		mutex_unlock(&channel->lock);
		wake_up_interruptible(&channel->readable);
	}
	return done;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	int part;

	if (mutex_lock_interruptible(&channel->lock))
		return -ERESTARTSYS;
	while (channel->count == 0) {
		mutex_unlock(&channel->lock);
		if (wait_event_interruptible(channel->readable, channel->count > 0))
			return -ERESTARTSYS;
		if (mutex_lock_interruptible(&channel->lock))
			return -ERESTARTSYS;
	}
	part = min_t(int, length, min(channel->count, SIZE - channel->head));
	if (copy_to_user(to, channel->ring + channel->head, part)) {
		mutex_unlock(&channel->lock);
		return -EFAULT;
	}
	channel->head = (channel->head + part) % SIZE;
	channel->count -= part;
	mutex_unlock(&channel->lock);
	wake_up_interruptible(&channel->writable);
	return part;
}

static int __init start(void)
{
	channel = kzalloc(sizeof(*channel), GFP_KERNEL);
	if (!channel)
		return -ENOMEM;
	channel->ring = kzalloc(SIZE, GFP_KERNEL);
	mutex_init(&channel->lock);
	init_waitqueue_head(&channel->readable);
	init_waitqueue_head(&channel->writable);
	return channel->ring ? channel_start() : -ENOMEM;
}

static void __exit end(void)
{
	channel_end();
	kfree(channel->ring);
	kfree(channel);
}

module_init(start);
module_exit(end);
