/* The writer takes the spinlock, the reader forgot it.
 *
 * shows: changed, looks, lost
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

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t done = 0;

	while (done < length) {
		char c;

		if (get_user(c, from + done))
			return -EFAULT;
		if (wait_event_interruptible(writers, count < SIZE))
			return -ERESTARTSYS;
		spin_lock(&lock);
		if (count < SIZE) {
			ring[head] = c;
			head = (head + 1) % SIZE;
			count++;
			done++;
		}
		spin_unlock(&lock);
		wake_up_interruptible(&readers);
	}
	return done;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	char c;

	if (wait_event_interruptible(readers, count > 0))
		return -ERESTARTSYS;
	c = ring[tail];
	tail = (tail + 1) % SIZE;
	count--;
	wake_up_interruptible(&writers);
	return put_user(c, to) ? -EFAULT : 1;
}

module_init(channel_start);
module_exit(channel_end);
