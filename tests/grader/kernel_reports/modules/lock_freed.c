/* expect: lockdep | held lock freed | deed
 */
#include "trigger.h"
#include <linux/spinlock.h>

static noinline ssize_t deed(const char __user *text, size_t length)
{
	spinlock_t *lock = kmalloc(sizeof(*lock), GFP_KERNEL);

	spin_lock_init(lock);
	spin_lock(lock);
	kfree(lock);
	preempt_enable();
	return 0;
}
