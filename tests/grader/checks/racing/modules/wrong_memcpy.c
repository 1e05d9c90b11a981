/* Whole texts move by memcpy; how much there is has a lock, the bytes themselves have none.
 *
 * shows: changed, looks
 */
#include <linux/mutex.h>
#include "channel.h"

static char stored[SIZE];
static int count;
static DEFINE_MUTEX(lock);
static DECLARE_WAIT_QUEUE_HEAD(readers);
static DECLARE_WAIT_QUEUE_HEAD(writers);

static int count_now(void)
{
	return count;
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t part = min_t(size_t, length, SIZE);
	char text[SIZE];

	if (copy_from_user(text, from, part))
		return -EFAULT;
	if (wait_event_interruptible(writers, count == 0))
		return -ERESTARTSYS;
	memcpy(stored, text, part);
	mutex_lock(&lock);
	count = part;
	mutex_unlock(&lock);
	wake_up_interruptible(&readers);
	return part;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	char text[SIZE];
	int part;

	if (wait_event_interruptible(readers, count > 0))
		return -ERESTARTSYS;
	mutex_lock(&lock);
	part = min_t(int, length, count);
	memcpy(text, stored, part);
	memmove(stored, stored + part, count - part);
	count -= part;
	mutex_unlock(&lock);
	wake_up_interruptible(&writers);
	if (copy_to_user(to, text, part))
		return -EFAULT;
	return part;
}

module_init(channel_start);
module_exit(channel_end);
