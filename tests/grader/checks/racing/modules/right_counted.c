/* Correct, with numbers for the log that no lock guards, and a look on the line of a change.
 *
 * shows: looks, told
 */
#include <linux/mutex.h>
#include "channel.h"

static char ring[SIZE];
static int head, tail, count;
static unsigned long writes_seen;
static unsigned long reads_seen;
static DEFINE_MUTEX(lock);
static DECLARE_WAIT_QUEUE_HEAD(readers);
static DECLARE_WAIT_QUEUE_HEAD(writers);

static int count_now(void) { return count; }

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	size_t done = 0;

	writes_seen++;
	while (done < length) {
		char c;

		if (get_user(c, from + done))
			return -EFAULT;
		if (wait_event_interruptible(writers, count < SIZE))
			return -ERESTARTSYS;
		if (count < SIZE) { mutex_lock(&lock); if (count < SIZE) { ring[head] = c; head = (head + 1) % SIZE; count++; done++; } mutex_unlock(&lock); }
		wake_up_interruptible(&readers);
	}
	return done;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	char c;
	int got = 0;

	reads_seen += 1;
	while (!got) {
		if (wait_event_interruptible(readers, count > 0))
			return -ERESTARTSYS;
		mutex_lock(&lock);
		if (count > 0) {
			c = ring[tail];
			tail = (tail + 1) % SIZE;
			count = count - 1;
			got = 1;
		}
		mutex_unlock(&lock);
	}
	wake_up_interruptible(&writers);
	return put_user(c, to) ? -EFAULT : 1;
}

static void __exit end(void)
{
	pr_info("%lu writes and %lu reads\n", writes_seen, reads_seen);
	channel_end();
}

module_init(channel_start);
module_exit(end);
