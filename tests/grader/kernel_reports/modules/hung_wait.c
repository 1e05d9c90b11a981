/* steps: load; set /proc/sys/kernel/hung_task_timeout_secs 2; write; words blocked for more than; words Showing all locks
 * expect: hung | task blocked for more than 2 seconds | deed
 */
#include "trigger.h"
#include <linux/mutex.h>
#include <linux/wait.h>

static DEFINE_MUTEX(lock);
static DECLARE_WAIT_QUEUE_HEAD(queue);
static int count;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	mutex_lock(&lock);
	wait_event(queue, READ_ONCE(count) > 0);
	mutex_unlock(&lock);
	return 0;
}
