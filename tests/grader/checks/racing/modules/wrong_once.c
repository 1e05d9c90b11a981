/* No lock; that the accesses are marked makes no increment of two halves.
 *
 * shows: lost
 */
#include "channel.h"

struct channel {
	char ring[SIZE];
	int head, tail, count;
};

static struct channel *it;
static DECLARE_WAIT_QUEUE_HEAD(queue);

static int count_now(void)
{
	return READ_ONCE(it->count);
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t done;

	for (done = 0; done < length; done++) {
		char c;

		if (get_user(c, from + done))
			return -EFAULT;
		if (wait_event_interruptible(queue, READ_ONCE(it->count) < SIZE))
			return -ERESTARTSYS;
		WRITE_ONCE(it->ring[READ_ONCE(it->head)], c);
		WRITE_ONCE(it->head, (READ_ONCE(it->head) + 1) % SIZE);
		WRITE_ONCE(it->count, it->count + 1);
		wake_up_interruptible_all(&queue);
	}
	return length;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	char c;

	if (wait_event_interruptible(queue, READ_ONCE(it->count) > 0))
		return -ERESTARTSYS;
	c = READ_ONCE(it->ring[READ_ONCE(it->tail)]);
	WRITE_ONCE(it->tail, (READ_ONCE(it->tail) + 1) % SIZE);
	WRITE_ONCE(it->count, it->count - 1);
	wake_up_interruptible_all(&queue);
	return put_user(c, to) ? -EFAULT : 1;
}

static int __init start(void)
{
	it = kzalloc(sizeof(*it), GFP_KERNEL);
	return it ? channel_start() : -ENOMEM;
}

static void __exit end(void)
{
	channel_end();
	kfree(it);
}

module_init(start);
module_exit(end);
