/* expect: lockdep | lock held when returning to user space | deed
 */
#include "trigger.h"
#include <linux/mutex.h>

static DEFINE_MUTEX(lock);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	mutex_lock(&lock);
	return -EINVAL; /* the error path forgets it */
}
