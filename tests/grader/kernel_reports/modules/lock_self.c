/* steps: load; write; nmi
 * expect: lockdep | possible recursive locking detected | count
 * expect: stall | processor stuck in count | count
 */
#include "trigger.h"
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);

static noinline void count(void)
{
	spin_lock(&lock);
	spin_unlock(&lock);
}

static noinline ssize_t deed(const char __user *text, size_t length)
{
	spin_lock(&lock);
	count(); /* never returns */
	spin_unlock(&lock);
	return 0;
}
