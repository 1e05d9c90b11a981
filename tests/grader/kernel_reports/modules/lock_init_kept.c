/* steps: load
 * expect: lockdep | initcall keep returned with preemption imbalance | keep
 * expect: lockdep | Invalid wait context | keep
 */
#define OWN_INIT
#include "trigger.h"
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return 0;
}

static int __init keep(void)
{
	spin_lock(&lock); /* and never lets go */
	return 0;
}
module_init(keep);
