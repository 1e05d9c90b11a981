/* expect: lockdep | lock used without being initialised (non-static key) | deed
 */
#include "trigger.h"
#include <linux/spinlock.h>

static noinline ssize_t deed(const char __user *text, size_t length)
{
	spinlock_t *lock = kzalloc(sizeof(*lock), GFP_KERNEL);

	spin_lock(lock);
	spin_unlock(lock);
	kfree(lock);
	return 0;
}
