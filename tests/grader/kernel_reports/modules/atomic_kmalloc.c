/* expect: atomic-sleep | sleeping function called from invalid context at include/linux/sched/mm.h:* | deed
 */
#include "trigger.h"
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	spin_lock(&lock);
	kfree(kmalloc(16, GFP_KERNEL));
	spin_unlock(&lock);
	return 0;
}
