/* A kfifo and one mutex; that it is empty or full is looked up without it.
 *
 * shows: looks
 */
#include <linux/kfifo.h>
#include <linux/mutex.h>
#include "channel.h"

static DEFINE_KFIFO(fifo, char, SIZE);
static DEFINE_MUTEX(lock);
static DECLARE_WAIT_QUEUE_HEAD(queue);

static int count_now(void)
{
	return kfifo_len(&fifo);
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	unsigned int part;
	size_t done = 0;
	int failed;

	while (done < length) {
		if (wait_event_interruptible(queue, !kfifo_is_full(&fifo)))
			return -ERESTARTSYS;
		mutex_lock(&lock);
		failed = kfifo_from_user(&fifo, from + done, length - done, &part);
		mutex_unlock(&lock);
		if (failed)
			return failed;
		done += part;
		wake_up_interruptible_all(&queue);
	}
	return done;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	unsigned int part;
	int failed;

	do {
		if (wait_event_interruptible(queue, !kfifo_is_empty(&fifo)))
			return -ERESTARTSYS;
		mutex_lock(&lock);
		failed = kfifo_to_user(&fifo, to, length, &part);
		mutex_unlock(&lock);
		if (failed)
			return failed;
	} while (!part && length);
	wake_up_interruptible_all(&queue);
	return part;
}

module_init(channel_start);
module_exit(channel_end);
