/* A mutex for the channel, and a flag beside it that everybody only ever sets.
 *
 * shows: looks, same
 */
#include <linux/mutex.h>
#include "channel.h"

static char ring[SIZE];
static int head, count;
static bool used;
static DEFINE_MUTEX(lock);
static DECLARE_WAIT_QUEUE_HEAD(queue);

static int count_now(void)
{
	return used ? count : 0;
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t done = 0;
	char c;

	while (done < length) {
		used = true;
		if (get_user(c, from + done))
			return -EFAULT;
		if (wait_event_interruptible(queue, count < SIZE))
			return -ERESTARTSYS;
		mutex_lock(&lock);
		if (count < SIZE) {
			ring[(head + count++) % SIZE] = c;
			done++;
		}
		mutex_unlock(&lock);
		wake_up_interruptible(&queue);
	}
	return done;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	char c = 0;
	int got = 0;

	used = true;
	while (!got) {
		if (wait_event_interruptible(queue, count > 0))
			return -ERESTARTSYS;
		mutex_lock(&lock);
		if (count > 0) {
			c = ring[head];
			head = (head + 1) % SIZE;
			count--;
			got = 1;
		}
		mutex_unlock(&lock);
	}
	wake_up_interruptible(&queue);
	return put_user(c, to) ? -EFAULT : 1;
}

module_init(channel_start);
module_exit(channel_end);
