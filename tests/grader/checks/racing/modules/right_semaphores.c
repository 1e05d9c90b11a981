/* Free and full places are counted by semaphores; a third one guards the ring.
 *
 * shows:
 */
#include <linux/semaphore.h>
#include "channel.h"

static char ring[SIZE];
static int head, tail, stored;
static struct semaphore places, bytes, guard;

static int count_now(void)
{
	return stored;
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t done;
	char c;

	for (done = 0; done < length; done++) {
		if (get_user(c, from + done))
			return -EFAULT;
		if (down_interruptible(&places))
			return -ERESTARTSYS;
		down(&guard);
		ring[head++] = c;
		if (head == SIZE)
			head = 0;
		stored++;
		up(&guard);
		up(&bytes);
	}
	return length;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	size_t done = 0;
	char c;

	if (!length)
		return 0;
	if (down_interruptible(&bytes))
		return -ERESTARTSYS;
	do {
		down(&guard);
		c = ring[tail++];
		if (tail == SIZE)
			tail = 0;
		stored--;
		up(&guard);
		up(&places);
		if (put_user(c, to + done))
			return -EFAULT;
		done++;
	} while (done < length && !down_trylock(&bytes));
	return done;
}

static int __init start(void)
{
	sema_init(&places, SIZE);
	sema_init(&bytes, 0);
	sema_init(&guard, 1);
	return channel_start();
}

module_init(start);
module_exit(channel_end);
