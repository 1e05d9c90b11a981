/* Blocks as it should and has no lock anywhere.
 *
 * shows: changed, looks, lost
 */
#include "channel.h"

static char ring[SIZE];
static int head, tail, count;
static DECLARE_WAIT_QUEUE_HEAD(readers);
static DECLARE_WAIT_QUEUE_HEAD(writers);

static int count_now(void)
{
	return count;
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t done;

	for (done = 0; done < length; done++) {
		char c;

		if (get_user(c, from + done))
			return -EFAULT;
		if (wait_event_interruptible(writers, count < SIZE))
			return -ERESTARTSYS;
		ring[head] = c;
		head = (head + 1) % SIZE;
		count++;
		wake_up_interruptible(&readers);
	}
	return length;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	size_t done;

	if (wait_event_interruptible(readers, count > 0))
		return -ERESTARTSYS;
	for (done = 0; done < length && count > 0; done++) {
		if (put_user(ring[tail], to + done))
			return -EFAULT;
		tail = (tail + 1) % SIZE;
		count--;
		wake_up_interruptible(&writers);
	}
	return done;
}

module_init(channel_start);
module_exit(channel_end);
