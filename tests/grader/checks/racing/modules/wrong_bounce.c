/* The ring is guarded; the text on its way there is not: all writers share one buffer for it.
 *
 * shows: changed, looks
 */
#include <linux/mutex.h>
#include "channel.h"

static char ring[SIZE], text[64];
static int head, tail, count;
static DEFINE_MUTEX(lock);
static DECLARE_WAIT_QUEUE_HEAD(readers);
static DECLARE_WAIT_QUEUE_HEAD(writers);

static int count_now(void)
{
	return count;
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t done = 0;

	length = min(length, sizeof(text));
	if (copy_from_user(text, from, length))
		return -EFAULT;
	while (done < length) {
		if (wait_event_interruptible(writers, count < SIZE))
			return -ERESTARTSYS;
		mutex_lock(&lock);
		while (count < SIZE && done < length) {
			ring[head] = text[done++];
			head = (head + 1) % SIZE;
			count++;
		}
		mutex_unlock(&lock);
		wake_up_interruptible(&readers);
	}
	return done;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	char c = 0;
	int got = 0;

	while (!got) {
		if (wait_event_interruptible(readers, count > 0))
			return -ERESTARTSYS;
		mutex_lock(&lock);
		if (count > 0) {
			c = ring[tail];
			tail = (tail + 1) % SIZE;
			count--;
			got = 1;
		}
		mutex_unlock(&lock);
	}
	wake_up_interruptible(&writers);
	return put_user(c, to) ? -EFAULT : 1;
}

module_init(channel_start);
module_exit(channel_end);
