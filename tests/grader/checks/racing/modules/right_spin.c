/* The book's way: one spinlock, the wait's condition without it; nothing is copied under it.
 *
 * shows: looks
 */
#include <linux/spinlock.h>
#include "channel.h"

static char ring[SIZE];
static int head, tail, count;
static DEFINE_SPINLOCK(lock);
static DECLARE_WAIT_QUEUE_HEAD(readers);
static DECLARE_WAIT_QUEUE_HEAD(writers);

static int count_now(void)
{
	return count;
}

static int put(char c)
{
	int done = 0;

	spin_lock(&lock);
	if (count < SIZE) {
		ring[head] = c;
		head = (head + 1) % SIZE;
		count++;
		done = 1;
	}
	spin_unlock(&lock);
	return done;
}

static int take(char *c)
{
	int done = 0;

	spin_lock(&lock);
	if (count > 0) {
		*c = ring[tail];
		tail = (tail + 1) % SIZE;
		count--;
		done = 1;
	}
	spin_unlock(&lock);
	return done;
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t done;

	for (done = 0; done < length; done++) {
		char c;

		if (get_user(c, from + done))
			return -EFAULT;
		while (!put(c))
			if (wait_event_interruptible(writers, count < SIZE))
				return -ERESTARTSYS;
		wake_up_interruptible(&readers);
	}
	pr_debug("%d bytes are stored\n", count);
	return length;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	size_t done = 0;
	char c;

	while (!take(&c))
		if (wait_event_interruptible(readers, count > 0))
			return -ERESTARTSYS;
	do {
		wake_up_interruptible(&writers);
		if (put_user(c, to + done))
			return -EFAULT;
		done++;
	} while (done < length && take(&c));
	return done;
}

module_init(channel_start);
module_exit(channel_end);
