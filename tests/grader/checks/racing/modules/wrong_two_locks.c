/* Readers have a lock and writers another: the count belongs to both.
 *
 * shows: lost, looks
 */
#include <linux/mutex.h>
#include "channel.h"

static char ring[SIZE];
static int head, tail, count;
static DEFINE_MUTEX(write_lock);
static DEFINE_MUTEX(read_lock);
static DECLARE_WAIT_QUEUE_HEAD(readers);
static DECLARE_WAIT_QUEUE_HEAD(writers);

static int count_now(void)
{
	return count;
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t done;
	char c;

	mutex_lock(&write_lock);
	for (done = 0; done < length; done++) {
		if (get_user(c, from + done))
			break;
		if (wait_event_interruptible(writers, count < SIZE))
			break;
		ring[head] = c;
		head = (head + 1) % SIZE;
		count += 1;
		wake_up_interruptible(&readers);
	}
	mutex_unlock(&write_lock);
	return done ? done : -EINTR;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	ssize_t result = 1;
	char c;

	mutex_lock(&read_lock);
	if (wait_event_interruptible(readers, count > 0)) {
		result = -ERESTARTSYS;
	} else {
		c = ring[tail];
		tail = (tail + 1) % SIZE;
		count -= 1;
		wake_up_interruptible(&writers);
		if (put_user(c, to))
			result = -EFAULT;
	}
	mutex_unlock(&read_lock);
	return result;
}

module_init(channel_start);
module_exit(channel_end);
