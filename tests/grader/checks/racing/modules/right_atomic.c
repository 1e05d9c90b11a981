/* The count is an atomic, a lock for each end; what is looked at without one is marked so.
 *
 * shows:
 */
#include <linux/atomic.h>
#include <linux/spinlock.h>
#include "channel.h"

static char ring[SIZE];
static unsigned int head, tail;
static int last_length;
static atomic_t count = ATOMIC_INIT(0);
static DEFINE_SPINLOCK(head_lock);
static DEFINE_SPINLOCK(tail_lock);
static DECLARE_WAIT_QUEUE_HEAD(queue);

static int count_now(void)
{
	return atomic_read(&count);
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t done;

	WRITE_ONCE(last_length, length);
	for (done = 0; done < length; done++) {
		char c;

		if (get_user(c, from + done))
			return -EFAULT;
again:
		if (wait_event_interruptible(queue, atomic_read(&count) < SIZE))
			return -ERESTARTSYS;
		spin_lock(&head_lock);
		if (atomic_read_acquire(&count) == SIZE) {
			spin_unlock(&head_lock);
			goto again;
		}
		ring[head] = c;
		WRITE_ONCE(head, (head + 1) % SIZE);
		atomic_fetch_add_release(1, &count);
		spin_unlock(&head_lock);
		wake_up_interruptible_all(&queue);
	}
	return length;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	char c;

	if (!length || READ_ONCE(last_length) < 0)
		return 0;
	for (;;) {
		if (wait_event_interruptible(queue, atomic_read(&count) > 0))
			return -ERESTARTSYS;
		spin_lock(&tail_lock);
		if (atomic_read_acquire(&count) > 0)
			break;
		spin_unlock(&tail_lock);
	}
	c = ring[tail];
	WRITE_ONCE(tail, (tail + 1) % SIZE);
	atomic_fetch_sub_release(1, &count);
	spin_unlock(&tail_lock);
	wake_up_interruptible_all(&queue);
	return put_user(c, to) ? -EFAULT : 1;
}

module_init(channel_start);
module_exit(channel_end);
