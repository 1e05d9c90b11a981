/* expect: atomic-sleep | sleeping function called from invalid context at include/linux/sched/mm.h:* | deed
 */
#include "trigger.h"
#include <linux/rcupdate.h>

static noinline ssize_t deed(const char __user *text, size_t length)
{
	rcu_read_lock();
	kfree(kmalloc(16, GFP_KERNEL));
	rcu_read_unlock();
	return 0;
}
