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
