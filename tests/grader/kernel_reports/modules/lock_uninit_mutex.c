/* expect: lockdep | DEBUG_LOCKS_WARN_ON(lock->magic != lock) | deed
 */
#include "trigger.h"
#include <linux/mutex.h>

static noinline ssize_t deed(const char __user *text, size_t length)
{
	struct mutex *lock = kzalloc(sizeof(*lock), GFP_KERNEL);

	mutex_lock(lock);
	mutex_unlock(lock);
	kfree(lock);
	return 0;
}
