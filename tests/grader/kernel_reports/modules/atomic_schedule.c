/* expect: atomic-sleep | scheduling while atomic | deed
 * expect: atomic-sleep | sleeping function called from invalid context at kernel/task_work.c:* | -
 * expect: atomic-sleep | scheduling while atomic | -
 */
#include "trigger.h"
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	spin_lock(&lock);
	schedule_timeout_uninterruptible(1);
	spin_unlock(&lock);
	return 0;
}
