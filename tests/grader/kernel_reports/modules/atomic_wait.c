/* expect: atomic-sleep | do not call blocking ops when !TASK_RUNNING; state=1 set at prepare_to_wait | deed
 */
#include "trigger.h"
#include <linux/mutex.h>
#include <linux/wait.h>

static DEFINE_MUTEX(lock);
static DECLARE_WAIT_QUEUE_HEAD(queue);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	DEFINE_WAIT(wait);

	prepare_to_wait(&queue, &wait, TASK_INTERRUPTIBLE);
	mutex_lock(&lock); /* sleeps, and so undoes the state just set */
	mutex_unlock(&lock);
	finish_wait(&queue, &wait);
	return 0;
}
